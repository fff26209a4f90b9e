// What training, testing and inspection need of a model: sequences in, logits out.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "mneme/core/options.h"
#include "mneme/core/random.h"
#include "mneme/core/sequences.h"

namespace mneme {

class SequenceModel : public torch::nn::Module {
 public:
  using torch::nn::Module::Module;

  virtual Prediction forward(const Sequences& given) = 0;

  /// The logits [batch, time, outputs] where there is no context.
  at::Tensor predict(const at::Tensor& inputs, const at::Tensor& lengths) {
    return forward({inputs, lengths, {}, {}}).logits;
  }

  /// Goes on from `state` (empty: the state before the first step) and leaves there the state after each
  /// sequence's last step; otherwise as forward. Every tensor of a state is [batch, …], so that sequences can be
  /// picked out of it. Throws Error for a state of another model or batch,
  /// and (here) for a model that has no such state.
  virtual at::Tensor advance(std::vector<at::Tensor>& state, const at::Tensor& inputs,
                             const at::Tensor& lengths);

  /// The state before the first step of sequences with these contexts, for advance. Throws Error for a model that
  /// reads no context or cannot go on from a state.
  virtual std::vector<at::Tensor> start(const at::Tensor& context, const at::Tensor& context_lengths);

  virtual std::string model_name() const = 0;
  /// Every option with its present value, for recipes, checkpoints and reports.
  virtual std::vector<OptionInfo> model_options() const = 0;
  /// Multiply-adds of a forward step of one sequence, for the FLOP counts of benchmarks and reports.
  virtual int64_t multiply_adds_per_step() const = 0;
  /// Those of a forward pass over all steps of all sequences, padding not counted.
  virtual int64_t multiply_adds(const Sequences& given) const;
};

/// Names of all models, sorted.
std::vector<std::string> model_names();
/// The options of a model with their defaults. Throws UsageError as make_model does.
std::vector<OptionInfo> model_options(const std::string& name);
/// `random` initialises the parameters. Throws UsageError for an unknown name (with the nearest) or setting,
/// or for sizes that the model is not for, such as tokens where it reads real numbers.
std::shared_ptr<SequenceModel> make_model(const std::string& name, const Settings& settings,
                                          const ModelSizes& sizes, Random& random);

}  // namespace mneme
