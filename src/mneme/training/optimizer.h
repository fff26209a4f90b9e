// Optimisers over one flat buffer of parameters: one pass over memory a step, in the parameters' dtype.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mneme/training/flat_parameters.h"
#include "mneme/training/options.h"

namespace mneme {

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// Changes `values` [elements] by a step against `gradients` [elements]. Both are contiguous, on the CPU,
  /// of one floating dtype, and of the same size at every step.
  virtual void step(at::Tensor& values, const at::Tensor& gradients, double learning_rate) = 0;

  /// What a checkpoint keeps: tensors of the parameters' layout, and counts [1]. Writing into them
  /// restores the optimiser.
  virtual std::map<std::string, at::Tensor> state() = 0;
};

/// RMSProp as in Graves 2013 (arXiv:1308.0850, equations 38 to 41), with g a gradient:
///     n ← ℵ n + (1-ℵ) g²        the mean square       ℵ = rms_decay, 0.95
///     m ← ℵ m + (1-ℵ) g         the mean (the paper's g)
///     Δ ← ℶ Δ - lr · g / √(n - m² + ℸ)                ℶ = rms_momentum, 0.9; ℸ = rms_epsilon, 1e-4
///     w ← w + Δ
struct RmsPropGraves {
  double decay = 0.95, momentum = 0.9, epsilon = 1e-4;
};

/// Adam (Kingma and Ba 2015) with both means corrected for their start at zero, and AdamW (Loshchilov and
/// Hutter 2019): the weights that are to decay first shrink by lr · weight_decay.
struct Adam {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0;
};

/// `like`: the parameters' buffer, for size and dtype. `decayed`: the elements that weight decay is for.
std::unique_ptr<Optimizer> make_optimizer(const RmsPropGraves& settings, const at::Tensor& like);
std::unique_ptr<Optimizer> make_optimizer(const Adam& settings, const at::Tensor& like,
                                          std::vector<ElementRange> decayed);
std::unique_ptr<Optimizer> make_optimizer(const TrainingOptions& options, const at::Tensor& like,
                                          std::vector<ElementRange> decayed);

/// Every element of `gradients` into [-size, size].
void clip_elements(at::Tensor& gradients, double size);

/// Scales `gradients` down to the Euclidean norm `largest` where theirs is larger. Returns the norm before.
double clip_norm(at::Tensor& gradients, double largest);

/// averages ← decay · averages + (1-decay) · values
void update_average(at::Tensor& averages, const at::Tensor& values, double decay);

}  // namespace mneme
