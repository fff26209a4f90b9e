// Adaptive computation time: a recurrent network that decides at each step how long to think about it
// (Graves 2016, arXiv:1603.08983).
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "mneme/kernels/act/act_sequence.h"
#include "mneme/kernels/path.h"
#include "mneme/mechanisms/halting.h"
#include "mneme/models/act_cell.h"
#include "mneme/models/sequence_model.h"

namespace mneme {

struct ActOptions {
  std::string cell = "lstm";
  int64_t hidden = 128;
  int64_t max_steps = 100;
  double time_penalty = 1e-3;
  double epsilon = 0.01;
  double halting_bias = 1;
  int64_t slots = 64;
  int64_t width = 20;
  std::string path = "automatic";

  template <class Visitor>
  void visit(Visitor&& option) {
    option("cell", cell, "network that thinks", one_of({"rnn", "lstm", "gru", "ntm"}));
    option("hidden", hidden, "units", at_least(1));
    option("max_steps", max_steps, "most inner steps of a step M; 1: the network as it is", between(1, 1000000));
    option("time_penalty", time_penalty, "what an inner step costs in the loss τ", at_least(0));
    option("epsilon", epsilon, "how much the halting probabilities may miss of 1 ε", between(0, 1));
    option("halting_bias", halting_bias, "bias of the halting unit at the start: 1 makes steps of two inner ones",
           any_value());
    option("slots", slots, "memory slots (cell ntm)", at_least(1));
    option("width", width, "numbers in a slot (cell ntm)", at_least(1));
    option("path", path, "which implementation runs", one_of({"automatic", "composite", "fused"}));
  }
};

/// What was thought at one step: inner steps n = 1 … the largest N of the batch.
struct ActStep {
  std::vector<at::Tensor> halting;  ///< [batch] each: h_n; what it says of those who have halted means nothing
  std::vector<at::Tensor> weights;  ///< [batch] each: p_n
  Halting halted;                   ///< each [batch]: N and R
  at::Tensor logits;                ///< [batch, outputs]: the mean over the inner steps
  std::vector<at::Tensor> state;    ///< after the step, likewise
};

/// What was thought in whole sequences; zero past a sequence's length (logits: unspecified).
struct ActRecord {
  at::Tensor halting;     ///< [batch, time, inner] h_n; zero past the step's N
  at::Tensor weights;     ///< [batch, time, inner] p_n; likewise
  at::Tensor steps;       ///< int64 [batch, time]  N
  at::Tensor remainders;  ///< [batch, time]        R
  at::Tensor logits;      ///< [batch, time, outputs]
};

/// At each step the network takes inner steps on the same input, of which the first is marked by a flag as a further
/// input, until the sum of what its halting unit says reaches 1 - ε:
///
///     s_n, y_n = cell([x, n = 1], s_{n-1})     s_0: the state after the step before
///     h_n = σ(w·(hidden of s_n) + b)           b begins at 1
///     s = Σ p_n s_n,  y = Σ p_n y_n            p_n, N and R: mechanisms/halting.h
///
/// Prediction.cost is τ Σ_t (N + R), mean over the sequences; its figure "ponder_steps" is the mean N of a step.
///
/// Where inputs are numbers of tokens, x is a 1 among zeros. With max_steps = 1 it is the network as it is, to compare
/// with. Parameters: cell.* (models/act_cell.h), halting.{weight [hidden], bias [1]}.
class ActRnnImpl : public SequenceModel {
 public:
  /// Throws UsageError for an option outside its limits.
  ActRnnImpl(const ActOptions& options, const ModelSizes& sizes, Random& random);

  /// One step by the equations: the definition of the model. input [batch, features]. `live` [batch] bool: who takes
  /// part; the others keep their state and think no step (undefined: all). Differentiable to any order.
  ActStep step(const at::Tensor& input, const std::vector<at::Tensor>& before, const at::Tensor& live = {}) const;

  /// Throws Error when shapes do not fit, or the fused path is asked for and cannot run (it is there for rnn and
  /// lstm). The fused path has the first derivative alone, and says so when a second is asked for.
  Prediction forward(const Sequences& given) override;

  /// The state is that of the cell.
  at::Tensor advance(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths) override;

  /// What forward does, with all that a person would look at; by the equations, no gradients.
  ActRecord record(const at::Tensor& inputs, const at::Tensor& lengths) const;

  void set_path(Path path);
  /// Why the fused path cannot run; empty when it can.
  std::string fused_obstacles() const;

  std::string model_name() const override { return "act"; }
  std::vector<OptionInfo> model_options() const override { return describe_options(options_); }
  /// Of one inner step.
  int64_t multiply_adds_per_step() const override;

  const ActOptions& options() const { return options_; }

 private:
  struct Run {
    at::Tensor logits;  // [batch, time, outputs]
    at::Tensor ponder;  // [batch, time] ρ
    at::Tensor steps;   // int64 [batch, time] N
  };
  /// From `state` on; leaves there the state after each sequence's last step.
  Run run(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths) const;
  Run run_fused(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths) const;

  /// By the equations; calls visit(step) at each step.
  template <class Visit>
  void run_composite(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths,
                     Visit&& visit) const;

  /// [batch, time, features], whatever inputs are.
  at::Tensor as_features(const at::Tensor& inputs) const;

  ActOptions options_;
  int64_t tokens_, features_;
  Path path_;
  std::shared_ptr<ActCell> cell_;
  std::shared_ptr<RecurrentCell> recurrent_;  // the same, unless it is something else
  at::Tensor halting_weight_, halting_bias_;
};
TORCH_MODULE(ActRnn);

}  // namespace mneme
