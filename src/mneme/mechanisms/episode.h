// What do the facts say about the question, when some of them matter and their order does?
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// How does each fact compare with the question and with what is remembered of the facts so far?
///
///     z_i = [ c_i ∘ q ; c_i ∘ m ; |c_i - q| ; |c_i - m| ]
///
/// | argument | shape                      | symbol | meaning                        |
/// | facts    | [batch, facts, width]      | c      | what the story says            |
/// | question | [batch, width]             | q      | what is asked                  |
/// | memory   | [batch, width]             | m      | what earlier passes found      |
/// | result   | [batch, facts, 4 · width]  | z      |                                |
///
/// Source: Xiong, Merity, Socher 2016 (arXiv:1603.01417), equation 8.
/// Differentiable to any order where no difference is 0; float32 and float64. Throws Error when shapes do not fit.
at::Tensor fact_comparisons(const at::Tensor& facts, const at::Tensor& question, const at::Tensor& memory);

/// What is left of the facts, read in their order, when each may change what was read before as far as its gate
/// lets it?
///
///     r_i = σ(x^r_i + U^r h_{i-1})
///     h̃_i = tanh(x^h_i + r_i ∘ U^h h_{i-1})
///     h_i = g_i h̃_i + (1 - g_i) h_{i-1},   h_0 = 0          result: h of the last fact
///
/// | argument   | shape                     | range | symbol   | meaning                                          |
/// | projected  | [batch, facts, 2 · width] | any   | x^r, x^h | W c_i + b of the facts, for reset and candidate  |
/// | gates      | [batch, facts]            | 0..1  | g        | how much each fact matters; 0 leaves it out      |
/// | recurrent  | [2 · width, width]        | any   | U^r, U^h |                                                  |
/// | result     | [batch, width]            | -1..1 | e        | the episode                                      |
///
/// Source: Xiong, Merity, Socher 2016, equations 11 to 14 (AGRU).
/// Differentiable to any order; float32 and float64. Throws Error when shapes or dtypes do not fit.
at::Tensor attention_gru(const at::Tensor& projected, const at::Tensor& gates, const at::Tensor& recurrent);

}  // namespace mneme
