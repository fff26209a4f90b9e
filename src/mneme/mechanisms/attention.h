// Which of many things matters for this one?
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// What attention read, and with which weights.
struct AttentionReading {
  at::Tensor read;     ///< [batch, heads, queries, width]
  at::Tensor weights;  ///< [batch, heads, queries, keys], at least 0; a query's add up to 1
};

/// What does each query read from the values, when it looks for keys like itself?
///
///     weights = softmax(Q Kᵀ / √d_k)      read = weights V
///
/// | argument | shape                         | symbol | meaning | | queries  | [batch, heads, queries, key]
/// | Q      | what each reader looks for                             | | keys     | [batch, heads, keys, key]
/// | K      | how each thing can be found                            | | values   | [batch, heads, keys,
/// width]   | V      | what is read of it                                     | | mask     | bool, as many
/// dimensions, each of that size or 1: [batch, heads, queries, keys] | | true: may be | |          | | |
/// attended; undefined: all may                           |
///
/// A query that may attend to nothing has weights 0 and reads 0.
/// Source: Vaswani et al. 2017 (arXiv:1706.03762), equation 1.
/// How we differ: not at all.
/// Differentiable to any order; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
AttentionReading dot_product_attention(const at::Tensor& queries, const at::Tensor& keys,
                                       const at::Tensor& values, const at::Tensor& mask = {});

/// The same reading, without the weights, by the engine's fused operation, which keeps no [queries, keys]
/// matrix. `causal` lets query i see the keys up to i and takes no mask beside it. `dropout` is the
/// probability with which each weight is left out (the others grow by 1 / (1 - dropout)).
at::Tensor fused_dot_product_attention(const at::Tensor& queries, const at::Tensor& keys,
                                       const at::Tensor& values, const at::Tensor& mask = {},
                                       bool causal = false, double dropout = 0);

/// bool [1, 1, queries, keys]: the last query sees all keys, each one before it one less. With as many keys
/// as queries nobody looks ahead; with more, the first ones are the past.
at::Tensor causal_mask(int64_t queries, int64_t keys, at::Device device = at::kCPU);

/// bool [batch, 1, 1, keys]: true before each sequence's length; `lengths` is int64 [batch]. Undefined for
/// undefined lengths.
at::Tensor length_mask(const at::Tensor& lengths, int64_t keys);

}  // namespace mneme
