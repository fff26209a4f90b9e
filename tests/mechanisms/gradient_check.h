// Derivatives against central differences in float64.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <functional>
#include <vector>

namespace mneme {

using Tensors = std::vector<at::Tensor>;
using TensorFunction = std::function<Tensors(const Tensors&)>;

/// Uniform float64 numbers in low..high.
at::Tensor random_tensor(at::IntArrayRef sizes, uint64_t seed, double low = -1, double high = 1);

/// Whether the gradient of `function` (float64 in, float64 out, any shapes) with respect to every element
/// of every input equals the central difference. All outputs are summed with fixed random weights.
/// The step is 1e-5: rounding then costs 1e-16 / 1e-5 = 1e-11 of the sum's size and truncation
/// 1e-10 of the third derivative, so that a disagreement above 1e-8 (of the largest gradient element,
/// or of one) is a wrong formula, and a wrong formula is off by far more.
testing::AssertionResult gradient_matches(const TensorFunction& function, const Tensors& inputs);

/// The same of the gradient itself: checks the second derivative.
testing::AssertionResult second_gradient_matches(const TensorFunction& function, const Tensors& inputs);

}  // namespace mneme
