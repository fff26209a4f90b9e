// In which order were the slots written, and what came before and after what is read?
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// Which slot was written last, even if some steps ago?
///
///     p_t[n] = (1 - Σ_m w_w[m]) p_{t-1}[n] + w_w[n]
///
/// | argument            | shape          | range | symbol  | meaning                                     |
/// | previous_precedence | [batch, slots] | 0..1  | p_{t-1} | as the result, a step before; sums to ≤ 1   |
/// | write_weights       | [batch, slots] | 0..1  | w_w     | where this step writes; sums to at most 1   |
/// | result              | [batch, slots] | 0..1  | p_t     | how far each slot is the last one written   |
///
/// Source: Graves et al. 2016 (Nature 538), Methods, temporal memory linkage.
/// How we differ: not at all.
/// Differentiable to any order in both arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor write_precedence(const at::Tensor& previous_precedence, const at::Tensor& write_weights);

/// Which slot was written right after which?
///
///     L_t[i, j] = (1 - w_w[i] - w_w[j]) L_{t-1}[i, j] + w_w[i] p_{t-1}[j],   L_t[i, i] = 0
///
/// | argument            | shape                 | range | symbol  | meaning                                |
/// | previous_link       | [batch, slots, slots] | 0..1  | L_{t-1} | as the result, a step before           |
/// | write_weights       | [batch, slots]        | 0..1  | w_w     | where this step writes; sums to ≤ 1    |
/// | previous_precedence | [batch, slots]        | 0..1  | p_{t-1} | what was written last before this step |
/// | result              | [batch, slots, slots] | 0..1  | L_t     | [i, j]: i was written right after j    |
///
/// Each row and each column of the result sums to at most 1 if those of previous_link do, and its diagonal is
/// zero whatever that of previous_link is.
///
/// Source: Graves et al. 2016, Methods, temporal memory linkage.
/// How we differ: not at all.
/// Differentiable to any order in all arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor update_link(const at::Tensor& previous_link, const at::Tensor& write_weights,
                       const at::Tensor& previous_precedence);

/// Which slots were written right after those that each head read last?
///
///     f_h[i] = Σ_j L[i, j] w_{r,t-1}^h[j]
///
/// | argument              | shape                 | range | symbol    | meaning                              |
/// | link                  | [batch, slots, slots] | 0..1  | L_t       | [i, j]: i was written right after j  |
/// | previous_read_weights | [batch, heads, slots] | 0..1  | w_{r,t-1} | where each head read a step before   |
/// | result                | [batch, heads, slots] | 0..1  | f         | sums to ≤ 1 over the slots           |
///
/// Source: Graves et al. 2016, Methods, temporal memory linkage.
/// How we differ: not at all.
/// Differentiable to any order in both arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor forward_weights(const at::Tensor& link, const at::Tensor& previous_read_weights);

/// Which slots were written right before those that each head read last?
///
///     b_h[j] = Σ_i L[i, j] w_{r,t-1}^h[i]
///
/// Arguments, source, derivatives and errors as forward_weights; the result's symbol is b.
at::Tensor backward_weights(const at::Tensor& link, const at::Tensor& previous_read_weights);

/// Added to each forward or backward weight before it is sharpened, so that where there is no link at all the
/// result is uniform and its derivative finite.
inline constexpr double kLinkFloor = 1e-6;

/// How does a head that follows the links undo the blur that each write adds to them?
///
///     S(d, s)[n] = (d[n] + ε)^s / Σ_m (d[m] + ε)^s,   ε = kLinkFloor
///
/// | argument    | shape                 | range | symbol | meaning                                          |
/// | weights     | [batch, heads, slots] | 0..1  | d      | forward or backward weighting; sums to at most 1 |
/// | sharpnesses | [batch, heads]        | ≥ 1   | s      | 1 scales to a sum of one; more focuses           |
/// | result      | [batch, heads, slots] | 0..1  | S      | sums to 1 over the slots                         |
///
/// Source: Csordas and Schmidhuber 2019 (arXiv:1904.10278), section 3.3; ε is that of the authors' code
/// (github.com/RobertCsordas/dnc).
/// How we differ: not at all.
/// Differentiable to any order in both arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor sharpen_link_weights(const at::Tensor& weights, const at::Tensor& sharpnesses);

}  // namespace mneme
