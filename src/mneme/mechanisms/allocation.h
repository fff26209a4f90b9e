// Where is room to write?
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// The least usage that allocation sees, so that no slot is free altogether and the derivative of the running
/// product may divide by each of its factors.
inline constexpr double kUsageFloor = 1e-6;

/// Which slots are free to be written, the freest first?
///
///     a[φ_j] = (1 - u'[φ_j]) Π_{i<j} u'[φ_i],   u' = ε + (1 - ε) u,   ε = kUsageFloor,
///
/// where φ sorts the slots by ascending usage; of slots used alike the one of lower index comes first.
///
/// | argument | shape          | range | symbol | meaning                                                  |
/// | usage    | [batch, slots] | 0..1  | u      | how much each slot is in use                             |
/// | result   | [batch, slots] | 0..1  | a      | allocation weighting; sums to 1 - Π u', so to at most 1  |
///
/// Source: Graves et al. 2016 (Nature 538), Methods, equation 1.
/// How we differ: ε, as in DeepMind's own code (github.com/google-deepmind/dnc, addressing.py), so that the
/// product's derivative may divide by its factors.
/// Differentiable to any order where no two slots are used alike; the sort itself is not differentiated, so
/// that a tie has the derivative of the order that was taken. float32 and float64.
/// Throws Error when shapes do not fit.
at::Tensor allocation_weights(const at::Tensor& usage);

/// Where does a step write: to a free slot, over what looks like its key, or nowhere?
///
///     w_w[n] = g_w ( g_a a[n] + (1 - g_a) c_w[n] )
///
/// | argument           | shape          | range | symbol | meaning                                        |
/// | allocation_weights | [batch, slots] | 0..1  | a      | where there is room; sums to at most 1         |
/// | content_weights    | [batch, slots] | 0..1  | c_w    | what looks like the write key; sums to 1       |
/// | allocation_gate    | [batch]        | 0..1  | g_a    | 1: to a free slot, 0: by content               |
/// | write_gate         | [batch]        | 0..1  | g_w    | 0: nothing is written                          |
/// | result             | [batch, slots] | 0..1  | w_w    | sums to at most 1                              |
///
/// Source: Graves et al. 2016, Methods, write weighting.
/// How we differ: not at all.
/// Differentiable to any order in all arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor gate_write_weights(const at::Tensor& allocation_weights, const at::Tensor& content_weights,
                              const at::Tensor& allocation_gate, const at::Tensor& write_gate);

}  // namespace mneme
