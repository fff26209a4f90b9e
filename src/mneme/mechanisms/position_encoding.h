// What does a sentence say, when its words have no reader but a sum?
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// How much does the word at each place of a sentence weigh in each element of the sum?
///
///     l[j, k] = (1 - j/J) - (k/d) (1 - 2j/J)        j = 1..J, k = 1..d
///
/// The first elements go by the words at the front, the last by those at the end, so that the order of the words is
/// kept in part.
///
/// | argument | shape          | range | symbol | meaning                 |
/// | words    | number         | ≥ 1   | J      | words of the sentence   |
/// | width    | number         | ≥ 1   | d      | elements of a sentence  |
/// | result   | [words, width] | -1..1 | l      | of the dtype asked for  |
///
/// Source: Sukhbaatar et al. 2015 (arXiv:1503.08895), section 4.1.
at::Tensor position_encoding(int64_t words, int64_t width, at::ScalarType dtype = at::kFloat);

/// What does each sentence say?
///
///     m[s] = Σ_j l[j] ∘ E[x_sj]         with the l of the sentence's own number of words J
///
/// | argument   | shape                      | range     | symbol | meaning                                        |
/// | sentences  | int64 [batch, time, words] | 0..tokens | x      | numbers of words, one after the other; 0: none |
/// | embeddings | [sets, tokens, width]      | any       | E      | rows of words; row 0 is never read             |
/// | result     | [batch, time, sets, width] | any       | m      | zero for a sentence without words              |
///
/// Source: as position_encoding. Several sets of embeddings encode the same sentences at once (the paper's A, B, C).
/// How it is computed: l is a constant plus a multiple of k, so a sentence is two bags of words, weighted by the
/// place alone, and the sum over words becomes a product of matrices, [batch · time, tokens] by [tokens, sets · width].
/// Differentiable to any order in `embeddings`; float32 and float64.
/// Throws Error when shapes do not fit, or a word's number is not below `tokens`.
at::Tensor encoded_sentences(const at::Tensor& sentences, const at::Tensor& embeddings);

}  // namespace mneme
