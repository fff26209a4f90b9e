// How surprising points are under mixtures of bivariate Gaussians, as one differentiable operation: forward and
// derivative in one pass over each row. mechanisms/mixture_density.h holds the same as a composite, which is the
// definition, and says what the numbers mean.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace mneme {

/// Every reason why the fused operation cannot run on these, one a line; empty when it can.
std::string fused_mixture_obstacles(const at::Tensor& raw, const at::Tensor& points);

/// raw [rows, 1 + 6 · mixtures], points [rows, 3], both float32 or float64 on the CPU → nats [rows]. Throws Error for
/// the obstacles above. Differentiable once, in raw; a second derivative is refused. The bits do not depend on the
/// number of threads.
at::Tensor fused_mixture_nats(const at::Tensor& raw, const at::Tensor& points);

}  // namespace mneme
