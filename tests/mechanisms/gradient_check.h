// Derivatives against central differences in float64.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "mneme/core/random.h"
#include "mneme/core/shape.h"

namespace mneme {

using Tensors = std::vector<at::Tensor>;
using TensorFunction = std::function<Tensors(const Tensors&)>;

/// Uniform float64 numbers in low..high.
inline at::Tensor random_tensor(at::IntArrayRef sizes, uint64_t seed, double low = -1, double high = 1) {
  Random random(seed);
  auto tensor = torch::empty(sizes, torch::kFloat64);
  for (int64_t i = 0; i < tensor.numel(); ++i) tensor.data_ptr<double>()[i] = random.uniform(low, high);
  return tensor;
}

namespace gradient_check {

// At this step rounding costs 1e-16 / 1e-5 = 1e-11 of the sum's size and truncation 1e-10 of the third
// derivative, so that a disagreement above the tolerance (of the largest gradient element, or of one) is a
// wrong formula; and a wrong formula is off by far more.
inline constexpr double kStep = 1e-5;
inline constexpr double kTolerance = 1e-8;

inline at::Tensor weighted_sum(const Tensors& outputs) {
  at::Tensor sum = torch::zeros({}, torch::kFloat64);
  uint64_t seed = 1000;
  for (const auto& output : outputs) sum = sum + (output * random_tensor(output.sizes(), seed++)).sum();
  return sum;
}

inline Tensors leaves_from(const Tensors& inputs) {
  Tensors leaves;
  for (const auto& input : inputs)
    leaves.push_back(input.detach().clone(at::MemoryFormat::Contiguous).requires_grad_());
  return leaves;
}

inline Tensors gradients(const Tensors& outputs, const Tensors& leaves, bool create_graph) {
  auto gradients = torch::autograd::grad({weighted_sum(outputs)}, leaves, {}, /*retain_graph=*/create_graph,
                                         create_graph, /*allow_unused=*/true);
  for (size_t i = 0; i < leaves.size(); ++i)
    if (!gradients[i].defined()) gradients[i] = torch::zeros_like(leaves[i]);
  return gradients;
}

}  // namespace gradient_check

/// Whether the gradient of `function` (float64, any shapes; a function of leaves that it holds itself, such
/// as a model of its parameters) with respect to every element of every leaf equals the central difference.
/// All outputs are summed with fixed random weights. The leaves are moved in place and put back.
inline testing::AssertionResult gradient_matches(const std::function<Tensors()>& function,
                                                 const Tensors& leaves) {
  using namespace gradient_check;
  const auto analytic = gradients(function(), leaves, false);
  for (size_t i = 0; i < leaves.size(); ++i) {
    const auto gradient = analytic[i].contiguous();
    const double scale = gradient.numel() == 0 ? 1 : std::max(1.0, gradient.abs().max().item<double>());
    auto* element = leaves[i].data_ptr<double>();
    for (int64_t j = 0; j < leaves[i].numel(); ++j) {
      const double centre = element[j];
      const auto value_at = [&](double place) {
        element[j] = place;
        return weighted_sum(function()).item<double>();
      };
      const double difference = (value_at(centre + kStep) - value_at(centre - kStep)) / (2 * kStep);
      element[j] = centre;
      if (!(std::abs(difference - gradient.data_ptr<double>()[j]) <= kTolerance * scale))
        return testing::AssertionFailure()
               << "input " << i << " " << shape_text(leaves[i]) << ", element " << j << ": gradient is "
               << gradient.data_ptr<double>()[j] << ", central difference is " << difference;
    }
  }
  return testing::AssertionSuccess();
}

/// The same of the gradient itself: checks the second derivative.
inline testing::AssertionResult second_gradient_matches(const std::function<Tensors()>& function,
                                                        const Tensors& leaves) {
  return gradient_matches([&] { return gradient_check::gradients(function(), leaves, true); }, leaves);
}

/// The same of a function of its arguments.
inline testing::AssertionResult gradient_matches(const TensorFunction& function, const Tensors& inputs) {
  const auto leaves = gradient_check::leaves_from(inputs);
  return gradient_matches([&] { return function(leaves); }, leaves);
}

inline testing::AssertionResult second_gradient_matches(const TensorFunction& function,
                                                        const Tensors& inputs) {
  const auto leaves = gradient_check::leaves_from(inputs);
  return second_gradient_matches([&] { return function(leaves); }, leaves);
}

}  // namespace mneme
