// Which slots hold something that is still needed?
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// How much of each slot do the read heads leave in use, after what they free?
///
///     ψ[n] = Π_h (1 - f_h w_{r,t-1}^h[n])
///
/// | argument              | shape                 | range | symbol  | meaning                                   |
/// | free_gates            | [batch, heads]        | 0..1  | f       | 1: what this head read last may go        |
/// | previous_read_weights | [batch, heads, slots] | 0..1  | w_{r,t-1} | where each head read in the step before |
/// | result                | [batch, slots]        | 0..1  | ψ       | share of each slot that is kept           |
///
/// Source: Graves et al. 2016 (Nature 538), Methods, dynamic memory allocation.
/// How we differ: not at all.
/// Differentiable to any order in both arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit, or there is no head.
at::Tensor memory_retention(const at::Tensor& free_gates, const at::Tensor& previous_read_weights);

/// How much is each slot in use, after what was written in the step before and what is freed now?
///
///     u_t[n] = (u_{t-1}[n] + w_{w,t-1}[n] - u_{t-1}[n] w_{w,t-1}[n]) ψ[n]
///
/// | argument               | shape          | range | symbol    | meaning                                 |
/// | previous_usage         | [batch, slots] | 0..1  | u_{t-1}   | usage in the step before                |
/// | previous_write_weights | [batch, slots] | 0..1  | w_{w,t-1} | where the step before wrote             |
/// | retention              | [batch, slots] | 0..1  | ψ         | share of each slot that is kept         |
/// | result                 | [batch, slots] | 0..1  | u_t       | 0: free, 1: in use                      |
///
/// Source: Graves et al. 2016, Methods, dynamic memory allocation.
/// How we differ: not at all; DeepMind's code stops the gradient of the write weighting here, we let it pass.
/// Differentiable to any order in all arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor memory_usage(const at::Tensor& previous_usage, const at::Tensor& previous_write_weights,
                        const at::Tensor& retention);

}  // namespace mneme
