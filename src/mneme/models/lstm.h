// The baseline: a stack of LSTM layers over the engine's own implementation
// (Hochreiter and Schmidhuber 1997; with a forget gate, Gers, Schmidhuber, Cummins 2000).
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "mneme/models/sequence_model.h"

namespace mneme {

struct LstmOptions {
  int64_t hidden = 256;
  int64_t layers = 3;
  bool learned_start = true;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("hidden", hidden, "units of a layer", at_least(1));
    option("layers", layers, "layers", at_least(1));
    option("learned_start", learned_start, "learn the state before the first step", any_value());
  }
};

/// Parameters: layers.* as torch::nn::LSTM names them, output.{weight [outputs, hidden], bias} and
/// initial.{hidden, cell} [layers, hidden], the state before the first step (zero unless learned_start).
class LstmImpl : public SequenceModel {
 public:
  /// Throws UsageError for an option outside its limits.
  LstmImpl(const LstmOptions& options, int64_t features, int64_t outputs, Random& random);

  /// Nothing runs back in time, so what stands past a sequence's length changes none of its logits.
  /// Throws Error when shapes do not fit.
  Prediction forward(const Sequences& given) override;

  /// The state is hidden and cell, each [batch, layers, hidden].
  at::Tensor advance(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths) override;

  std::string model_name() const override { return "lstm"; }
  std::vector<OptionInfo> model_options() const override { return describe_options(options_); }
  int64_t multiply_adds_per_step() const override;

 private:
  /// Hidden and cell before the first step.
  std::vector<at::Tensor> initial_state(int64_t batch_size) const;

  /// From `state` on; leaves there the state after the last step: of each sequence if lengths are given.
  at::Tensor run(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths);

  LstmOptions options_;
  int64_t features_;
  torch::nn::LSTM layers_{nullptr};
  torch::nn::Linear output_{nullptr};
  at::Tensor initial_hidden_, initial_cell_;
};
TORCH_MODULE(Lstm);

}  // namespace mneme
