// Does a head go back, by content or on?
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// Where does each head read, between what was written before, what looks like its key, and what was written
/// after?
///
///     w_r^h[n] = π_h[1] b_h[n] + π_h[2] c_h[n] + π_h[3] f_h[n]
///
/// | argument         | shape                 | range | symbol | meaning                                        |
/// | modes            | [batch, heads, 3]     | 0..1  | π      | shares of backward, content, forward; sum 1    |
/// | backward_weights | [batch, heads, slots] | 0..1  | b      | written right before what was read; sum ≤ 1    |
/// | content_weights  | [batch, heads, slots] | 0..1  | c      | what looks like the key; sums to 1             |
/// | forward_weights  | [batch, heads, slots] | 0..1  | f      | written right after what was read; sum ≤ 1     |
/// | result           | [batch, heads, slots] | 0..1  | w_r    | sums to at most 1 over the slots               |
///
/// Source: Graves et al. 2016 (Nature 538), Methods, read weighting.
/// How we differ: not at all.
/// Differentiable to any order in all arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor mix_read_modes(const at::Tensor& modes, const at::Tensor& backward_weights,
                          const at::Tensor& content_weights, const at::Tensor& forward_weights);

}  // namespace mneme
