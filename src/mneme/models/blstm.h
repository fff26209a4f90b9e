// A stack of bidirectional LSTM layers (Graves and Schmidhuber 2005; on pen points with connectionist
// temporal classification: Graves et al. 2009): every output sees the whole sequence, what comes later too.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "mneme/models/sequence_model.h"

namespace mneme {

struct BlstmOptions {
  int64_t hidden = 100;
  int64_t layers = 2;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("hidden", hidden, "units of a layer in each direction", at_least(1));
    option("layers", layers, "layers; each reads both directions of the one below", at_least(1));
  }
};

/// Parameters: ahead.N.* and back.N.* of layer N as torch::nn::LSTM names them, output.{weight [outputs,
/// 2·hidden], bias}. The state before the first step is zero, in both directions.
class BlstmImpl : public SequenceModel {
 public:
  /// Throws UsageError for an option outside its limits.
  BlstmImpl(const BlstmOptions& options, int64_t features, int64_t outputs, Random& random);

  /// The way back begins at each sequence's own end, so what stands past it changes none of its logits. Costs
  /// as many steps as the longest sequence of the batch has: batch sequences of similar length. Throws Error
  /// when shapes do not fit.
  Prediction forward(const Sequences& given) override;

  std::string model_name() const override { return "blstm"; }
  std::vector<OptionInfo> model_options() const override { return describe_options(options_); }
  int64_t multiply_adds_per_step() const override;

 private:
  BlstmOptions options_;
  int64_t features_;
  std::vector<torch::nn::LSTM> ahead_, back_;
  torch::nn::Linear output_{nullptr};
};
TORCH_MODULE(Blstm);

}  // namespace mneme
