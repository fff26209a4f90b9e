// Which of the things that were said matter for this question?
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// What one look at a list of memories gave.
struct MemoryHop {
  at::Tensor weights;  ///< [batch, memories]: p, at least 0, adds up to 1; of a linear hop any number
  at::Tensor read;     ///< [batch, width]:    o
};

/// What does a question read from a list of memories, each of which is found by one vector and read as another?
///
///     p_i = softmax_i( u · m_i )      o = Σ_i p_i c_i            linear: p_i = u · m_i
///
/// | argument | shape                    | symbol | meaning                                           |
/// | question | [batch, width]           | u      | what is looked for                                |
/// | found_by | [batch, memories, width] | m      | input memories                                    |
/// | read_as  | [batch, memories, width] | c      | output memories                                   |
/// | mask     | bool [batch, memories]   |        | true where there is a memory                      |
/// | linear   | flag                     |        | without the softmax, as training starts (section 4.2: linear start) |
///
/// Where there is no memory at all, weights and reading are 0.
/// Source: Sukhbaatar et al. 2015 (arXiv:1503.08895), equations 1 and 2.
/// Differentiable to any order in question, found_by and read_as; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
MemoryHop memory_hop(const at::Tensor& question, const at::Tensor& found_by, const at::Tensor& read_as,
                     const at::Tensor& mask, bool linear = false);

/// softmax over the last dimension where `mask` is true, 0 elsewhere; all 0 where it is true nowhere.
at::Tensor masked_softmax(const at::Tensor& logits, const at::Tensor& mask);

}  // namespace mneme
