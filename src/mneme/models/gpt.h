// A language model that reads from left to right: a stack of transformer blocks in which nobody looks ahead
// (GPT-2, Radford et al. 2019, "Language models are unsupervised multitask learners"; with other options
// Llama, Touvron et al. 2023, arXiv:2302.13971).
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "mneme/models/sequence_model.h"
#include "mneme/models/transformer/block.h"

namespace mneme {

struct GptOptions {
  int64_t width = 128;
  int64_t layers = 4;
  int64_t heads = 4;
  int64_t key_value_heads = 0;
  int64_t hidden = 0;
  int64_t context = 64;
  std::string positions = "learned";
  double rotary_base = 10000;
  std::string norm = "layer";
  double norm_epsilon = 1e-5;
  std::string activation = "gelu";
  bool bias = true;
  bool tied_output = true;
  double dropout = 0;
  double attention_dropout = 0;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("width", width, "units of a state; a multiple of heads", at_least(1));
    option("layers", layers, "blocks", at_least(1));
    option("heads", heads, "attention heads of a block", at_least(1));
    option("key_value_heads", key_value_heads,
           "heads of keys and values, shared by the others; 0: as many as heads", at_least(0));
    option("hidden", hidden, "units of the feed-forward nets; 0: four times the width", at_least(0));
    option("context", context, "steps that the model can look back on, and longest sequence", at_least(1));
    option("positions", positions, "how it knows where a step stands",
           one_of({"learned", "sinusoidal", "rotary", "none"}));
    option("rotary_base", rotary_base, "slowest turn of rotary positions", at_least(1));
    option("norm", norm, "layer norm, or RMS norm without a bias", one_of({"layer", "rms"}));
    option("norm_epsilon", norm_epsilon, "added to the variance in norms", at_least(0));
    option("activation", activation, "of the feed-forward nets",
           one_of({"relu", "gelu", "gelu-tanh", "swiglu"}));
    option("bias", bias, "whether linear layers have biases", any_value());
    option("tied_output", tied_output,
           "the output uses the tokens' embedding, where inputs and outputs are the same", any_value());
    option("dropout", dropout, "share of embeddings and of what a part adds that training leaves out",
           between(0, 1));
    option("attention_dropout", attention_dropout, "share of attention weights that training leaves out",
           between(0, 1));
  }
};

/// What the model attended to.
struct GptRecord {
  at::Tensor logits;                ///< [batch, time, outputs]
  std::vector<at::Tensor> weights;  ///< of each layer [batch, heads, time, time]
};

/// Parameters: tokens.weight [tokens, width] (or input.{weight, bias} where inputs are real numbers),
/// positions.weight [context, width] where they are learned, blocks.<n>.* (models/transformer/block.h),
/// norm.*, and output.weight [outputs, width] unless it is tied. Initial weights are normal with deviation
/// 0.02, what adds to the states divided by √(2 · layers), as in GPT-2.
class GptImpl : public SequenceModel {
 public:
  /// Throws UsageError for an option outside its limits, heads that do not divide the width, or a context in
  /// the task.
  GptImpl(const GptOptions& options, const ModelSizes& sizes, Random& random);

  /// Throws Error when shapes do not fit, a sequence is longer than the context or a token is not below the
  /// number of tokens. What stands past a sequence's length changes none of its logits.
  Prediction forward(const Sequences& given) override;

  /// The same with the attention weights, by the composite path.
  GptRecord record(const at::Tensor& inputs);

  /// Logits [batch, time, outputs] of steps that follow those in the cache, which then holds them too. An
  /// empty cache begins a sequence. Throws Error when past and steps together are longer than the context.
  at::Tensor go_on(StackCache& cache, const at::Tensor& inputs);

  std::string model_name() const override { return "gpt"; }
  std::vector<OptionInfo> model_options() const override { return describe_options(options_); }
  int64_t multiply_adds_per_step() const override;

  const GptOptions& options() const { return options_; }
  const ModelSizes& sizes() const { return sizes_; }

 private:
  at::Tensor run(const std::string& operation, const at::Tensor& inputs, StackCache* cache,
                 GptRecord* record);
  at::Tensor embed(const std::string& operation, const at::Tensor& inputs, int64_t first);

  GptOptions options_;
  ModelSizes sizes_;
  torch::nn::Embedding tokens_{nullptr}, positions_{nullptr};
  torch::nn::Linear input_{nullptr}, output_{nullptr};
  std::vector<Block> blocks_;
  Norm norm_{nullptr};
};
TORCH_MODULE(Gpt);

}  // namespace mneme
