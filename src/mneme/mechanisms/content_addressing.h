// Addressing by content: find the memory slots that look like a key.
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// Added to squared norms before the root, so that an all-zero slot or key has a finite similarity (zero)
/// and a finite gradient.
inline constexpr double kSquaredNormFloor = 1e-6;

/// How alike are each key and each slot?
///
///     K[h, n] = k_h · M_n / ( sqrt(k_h · k_h + ε) sqrt(M_n · M_n + ε) ),   ε = kSquaredNormFloor
///
/// | argument | shape                 | range  | symbol | meaning                       |
/// | memory   | [batch, slots, width] | any    | M      | what is stored                |
/// | keys     | [batch, heads, width] | any    | k      | what each head looks for      |
/// | result   | [batch, heads, slots] | (-1,1) | K      | cosine similarity             |
///
/// Source: Graves, Wayne, Danihelka 2014 (arXiv:1410.5401), equation 6.
/// How we differ: ε. The paper leaves 0/0 open.
/// Differentiable to any order in both arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor content_similarity(const at::Tensor& memory, const at::Tensor& keys);

/// Where does each head look, if it goes by what is stored?
///
///     w_c[h, n] = softmax_n( β_h K[h, n] )
///
/// | argument  | shape                 | range | symbol | meaning                                     |
/// | memory    | [batch, slots, width] | any   | M      | what is stored                              |
/// | keys      | [batch, heads, width] | any   | k      | what each head looks for                    |
/// | strengths | [batch, heads]        | ≥ 0   | β      | how sharply: 0 looks everywhere alike       |
/// | result    | [batch, heads, slots] | 0..1  | w_c    | content weighting, sums to 1 over the slots |
///
/// Source: Graves, Wayne, Danihelka 2014, equation 5.
/// How we differ: as content_similarity.
/// Differentiable to any order in all arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor content_weights(const at::Tensor& memory, const at::Tensor& keys, const at::Tensor& strengths);

/// Where does each head look, if it goes by some elements of what is stored and leaves the others open?
///
///     c[h, n] = softmax_n( β_h K(k_h ∘ m_h, M_n ∘ m_h) ),   K as in content_similarity
///
/// | argument  | shape                 | range | symbol | meaning                                          |
/// | memory    | [batch, slots, width] | any   | M      | what is stored                                   |
/// | keys      | [batch, heads, width] | any   | k      | what each head looks for                         |
/// | masks     | [batch, heads, width] | 0..1  | m      | how much each element counts; all 1: as above    |
/// | strengths | [batch, heads]        | ≥ 0   | β      | how sharply                                      |
/// | result    | [batch, heads, slots] | 0..1  | c      | content weighting, sums to 1 over the slots      |
///
/// Source: Csordas and Schmidhuber 2019 (arXiv:1904.10278), section 3.1.
/// How we differ: as content_similarity.
/// Differentiable to any order in all arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor masked_content_weights(const at::Tensor& memory, const at::Tensor& keys, const at::Tensor& masks,
                                  const at::Tensor& strengths);

}  // namespace mneme
