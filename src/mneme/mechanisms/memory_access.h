// Reading from and writing to a memory through weightings over its slots.
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// What does a head get when it looks at several slots at once?
///
///     r_h = Σ_n w_h[n] M[n]
///
/// | argument     | shape                 | range | symbol | meaning                              |
/// | memory       | [batch, slots, width] | any   | M      | what is stored                       |
/// | read_weights | [batch, heads, slots] | 0..1  | w      | where each read head looks           |
/// | result       | [batch, heads, width] | any   | r      | read vectors                         |
///
/// Source: Graves, Wayne, Danihelka 2014 (arXiv:1410.5401), equation 2.
/// How we differ: not here; our Ntm reads the memory as it was before the step's own write.
/// Differentiable to any order in both arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor read_memory(const at::Tensor& memory, const at::Tensor& read_weights);

/// What does the memory hold after all write heads have erased and then added?
///
///     M'[n] = M[n] ∘ Π_h (1 - w_h[n] e_h) + Σ_h w_h[n] a_h
///
/// | argument      | shape                 | range | symbol  | meaning                                 |
/// | memory        | [batch, slots, width] | any   | M_{t-1} | what is stored                          |
/// | write_weights | [batch, heads, slots] | 0..1  | w       | where each write head writes            |
/// | erases        | [batch, heads, width] | 0..1  | e       | share of each element that is forgotten |
/// | adds          | [batch, heads, width] | any   | a       | what is added                           |
/// | result        | [batch, slots, width] | any   | M_t     | what is stored now                      |
///
/// Source: Graves, Wayne, Danihelka 2014, equations 3 and 4: all erases before all adds, so that the order
/// of the heads does not matter.
/// How we differ: not at all.
/// Differentiable to any order in all arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit, or there is no head.
at::Tensor write_memory(const at::Tensor& memory, const at::Tensor& write_weights, const at::Tensor& erases,
                        const at::Tensor& adds);

}  // namespace mneme
