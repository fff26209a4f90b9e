// Addressing by location: keep, move and focus a weighting, whatever is stored there.
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// The least weight that sharpen_weights tells from zero. Its logarithm is finite in float32, and at
/// γ ≥ 1 such a weight adds nothing to the sum.
inline constexpr double kWeightFloor = 1e-30;

/// Does a head go by content now, or stay with where it was?
///
///     w_g = g w_c + (1 - g) w_{t-1}
///
/// | argument         | shape                 | range | symbol  | meaning                                   |
/// | content_weights  | [batch, heads, slots] | 0..1  | w_c     | where content points                      |
/// | previous_weights | [batch, heads, slots] | 0..1  | w_{t-1} | where the head was                        |
/// | gates            | [batch, heads]        | 0..1  | g       | 1: content alone, 0: the old weighting    |
/// | result           | [batch, heads, slots] | 0..1  | w_g     | sums to 1 over the slots if both do       |
///
/// Source: Graves, Wayne, Danihelka 2014 (arXiv:1410.5401), equation 7.
/// How we differ: not at all.
/// Differentiable to any order in all arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor interpolate_weights(const at::Tensor& content_weights, const at::Tensor& previous_weights,
                               const at::Tensor& gates);

/// By how many slots does a head move on?
///
///     w_s[i] = Σ_{d=-S..S} s[d + S] w_g[(i - d) mod N]
///
/// | argument | shape                  | range | symbol | meaning                                        |
/// | weights  | [batch, heads, slots]  | 0..1  | w_g    | weighting before the move                      |
/// | shifts   | [batch, heads, 2S + 1] | 0..1  | s      | share of each move, from -S to +S slots; sum 1 |
/// | result   | [batch, heads, slots]  | 0..1  | w_s    | weighting after the move; its sum is kept      |
///
/// The memory is a ring: the slot after the last is the first. More shifts than slots are allowed.
///
/// Source: Graves, Wayne, Danihelka 2014, equation 8.
/// How we differ: not at all, for shifts over a range; the paper also tries a single real-valued shift.
/// Differentiable to any order in both arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit, or the number of shifts is even.
at::Tensor shift_weights(const at::Tensor& weights, const at::Tensor& shifts);

/// How does a head undo the blur that a soft shift leaves?
///
///     w[i] = w_s[i]^γ / Σ_j w_s[j]^γ
///
/// | argument    | shape                 | range | symbol | meaning                                     |
/// | weights     | [batch, heads, slots] | ≥ 0   | w_s    | weighting to focus                          |
/// | sharpenings | [batch, heads]        | ≥ 1   | γ      | 1 leaves it as it is; more focuses          |
/// | result      | [batch, heads, slots] | 0..1  | w      | sums to 1 over the slots                    |
///
/// Source: Graves, Wayne, Danihelka 2014, equation 9.
/// How we differ: computed as softmax_i(γ log max(w_s[i], kWeightFloor)), so that a large γ neither
/// underflows nor divides 0 by 0; an all-zero weighting comes out uniform. Below the floor the gradient
/// is zero.
/// Differentiable to any order in both arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor sharpen_weights(const at::Tensor& weights, const at::Tensor& sharpenings);

}  // namespace mneme
