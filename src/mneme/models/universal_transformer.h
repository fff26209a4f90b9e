// The Universal Transformer: one block applied again and again, as often as each position wants
// (Dehghani et al. 2018, arXiv:1807.03819).
#pragma once

#include <torch/torch.h>

#include <string>

#include "mneme/mechanisms/halting.h"
#include "mneme/models/sequence_model.h"
#include "mneme/models/transformer/block.h"

namespace mneme {

struct UniversalTransformerOptions {
  int64_t width = 128;
  int64_t heads = 8;
  int64_t hidden = 512;
  int64_t max_steps = 6;
  std::string halting = "dynamic";
  double time_penalty = 1e-3;
  double epsilon = 0.01;
  double halting_bias = 1;
  std::string norm = "after";
  double dropout = 0;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("width", width, "numbers of a position's state; even, a multiple of heads", at_least(2));
    option("heads", heads, "attention heads", at_least(1));
    option("hidden", hidden, "units of the transition, the feed-forward net", at_least(1));
    option("max_steps", max_steps, "times that the block is applied, at most (dynamic) or always (fixed)",
           between(1, 1000));
    option("halting", halting, "whether each position halts for itself (ACT) or takes all steps",
           one_of({"dynamic", "fixed"}));
    option("time_penalty", time_penalty, "what a step costs in the loss τ (dynamic)", at_least(0));
    option("epsilon", epsilon, "how much the halting probabilities may miss of 1 ε (dynamic)", between(0, 1));
    option("halting_bias", halting_bias, "bias of the halting unit at the start (dynamic)", any_value());
    option("norm", norm, "layer norm before or after each part of the block", one_of({"before", "after"}));
    option("dropout", dropout, "of what attention and transition add, in training", between(0, 0.99));
  }
};

/// How a stack of positions thought.
struct UniversalDepth {
  Halting halted;                    ///< each [batch, positions]: N and R
  std::vector<at::Tensor> weights;   ///< [batch, positions] each: p_n of step n = 1, 2, …
};

/// What was thought, for those who want to see it.
struct UniversalRecord {
  at::Tensor logits;         ///< [batch, time, outputs]
  at::Tensor steps;          ///< int64 [batch, time]     N of each position; zero past the length
  at::Tensor context_steps;  ///< int64 [batch, context]  likewise; undefined without a context
};

/// The block that is applied again and again, with its signals and its halting unit: at step n
///
///     s_n = block(s_{n-1} + position + time_n)      both signals sinusoidal
///     h_n = σ(w·s_n + b)
///     s   = Σ p_n s_n                               p_n: mechanisms/halting.h
///
/// A position that has halted keeps its last state, for the others to look at. With fixed depth s is s_n of the last
/// step. Parameters: block.*, norm.* (norm before), halting.{weight [width], bias [1]} (dynamic).
class UniversalStackImpl : public torch::nn::Module {
 public:
  UniversalStackImpl(const UniversalTransformerOptions& options, bool reads_context, Random& random);

  struct Input {
    at::Tensor states;         ///< [batch, positions, width]
    at::Tensor live;           ///< bool [batch, positions]: not past the end; undefined: all
    bool causal = false;       ///< nobody looks ahead
    at::Tensor context{};      ///< [batch, context, width], where it reads one
    at::Tensor context_live{}; ///< bool [batch, context]; undefined: all
  };
  /// [batch, positions, width]
  at::Tensor forward(const Input& given, UniversalDepth& depth);

  int64_t multiply_adds(int64_t keys, int64_t context) const { return block_->multiply_adds(keys, context); }

 private:
  UniversalTransformerOptions options_;
  Block block_{nullptr};
  Norm norm_{nullptr};
  at::Tensor halting_weight_, halting_bias_;
};
TORCH_MODULE(UniversalStack);

/// Of a sequence alone (encoder): every position sees all others. Of a sequence with a context (encoder and decoder):
/// the context is encoded, and each position of the sequence sees it and what is before it.
///
/// A position is read from its inputs: real numbers through a linear layer; the number of a token; or several numbers,
/// as the words of a sentence, whose vectors are multiplied by learned ones for their places and added up (0: no word).
///
/// Prediction.cost (dynamic) is τ times the mean of N + R over all positions; its figure "ponder_steps" is the mean N.
///
/// Parameters: input.weight [width, features] with bias, or tokens.weight [tokens, width] and, for several numbers,
/// places [features, width]; context_tokens.weight; encoder.*, decoder.*; output.{weight, bias}.
class UniversalTransformerImpl : public SequenceModel {
 public:
  /// Throws UsageError for an option outside its limits, or a width that does not fit.
  UniversalTransformerImpl(const UniversalTransformerOptions& options, const ModelSizes& sizes, Random& random);

  /// Throws Error when shapes do not fit.
  Prediction forward(const Sequences& given) override;
  UniversalRecord record(const Sequences& given);

  std::string model_name() const override { return "universal-transformer"; }
  std::vector<OptionInfo> model_options() const override { return describe_options(options_); }
  /// Of one application of the block to one position that sees itself alone.
  int64_t multiply_adds_per_step() const override;

 private:
  struct Run {
    at::Tensor logits;
    UniversalDepth depth, context_depth;
  };
  Run run(const Sequences& given);
  at::Tensor read_inputs(const at::Tensor& inputs);

  UniversalTransformerOptions options_;
  ModelSizes sizes_;
  torch::nn::Linear input_{nullptr}, output_{nullptr};
  torch::nn::Embedding tokens_{nullptr}, context_tokens_{nullptr};
  at::Tensor places_;
  UniversalStack encoder_{nullptr}, decoder_{nullptr};
};
TORCH_MODULE(UniversalTransformer);

}  // namespace mneme
