#include "mneme/mechanisms/attention.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {
namespace {

void check(const char* operation, const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& values,
           const at::Tensor& mask) {
  ShapeCheck shapes(operation);
  shapes.expect("queries", queries, "batch heads queries key")
      .expect("keys", keys, "batch heads keys key")
      .expect("values", values, "batch heads keys width");
  if (!mask.defined()) return;
  const auto refuse = [&](const std::string& came) {
    throw Error(std::string(operation) + ": mask is " + came + ", expected bool [batch=" +
                std::to_string(queries.size(0)) + " or 1, heads=" + std::to_string(queries.size(1)) +
                " or 1, queries=" + std::to_string(queries.size(2)) +
                " or 1, keys=" + std::to_string(keys.size(2)) + " or 1]");
  };
  if (mask.scalar_type() != at::kBool) refuse(dtype_text(mask.scalar_type()));
  if (mask.dim() != 4) refuse(shape_text(mask));
  const int64_t sizes[] = {queries.size(0), queries.size(1), queries.size(2), keys.size(2)};
  for (int64_t i = 0; i < 4; ++i)
    if (mask.size(i) != 1 && mask.size(i) != sizes[i]) refuse(shape_text(mask));
}

}  // namespace

AttentionReading dot_product_attention(const at::Tensor& queries, const at::Tensor& keys,
                                       const at::Tensor& values, const at::Tensor& mask) {
  check("dot_product_attention", queries, keys, values, mask);
  const double scale = 1 / std::sqrt(static_cast<double>(queries.size(3)));
  auto scores = at::matmul(queries, keys.transpose(2, 3)) * scale;  // [batch, heads, queries, keys]
  if (mask.defined()) scores = scores.masked_fill(~mask, -std::numeric_limits<double>::infinity());
  auto weights = at::softmax(scores, -1);
  // Where nothing may be attended the softmax is 0/0.
  if (mask.defined()) weights = weights.masked_fill(~mask.any(-1, /*keepdim=*/true), 0);
  return {at::matmul(weights, values), weights};
}

at::Tensor fused_dot_product_attention(const at::Tensor& queries, const at::Tensor& keys,
                                       const at::Tensor& values, const at::Tensor& mask, bool causal,
                                       double dropout) {
  check("fused_dot_product_attention", queries, keys, values, mask);
  if (causal && mask.defined())
    throw Error("fused_dot_product_attention: mask is given and causal set, expected one of them");
  return at::scaled_dot_product_attention(queries, keys, values,
                                          mask.defined() ? std::optional<at::Tensor>(mask) : std::nullopt,
                                          dropout, causal);
}

at::Tensor causal_mask(int64_t queries, int64_t keys, at::Device device) {
  return at::ones({queries, keys}, at::TensorOptions(device).dtype(at::kBool))
      .tril(keys - queries)
      .view({1, 1, queries, keys});
}

at::Tensor length_mask(const at::Tensor& lengths, int64_t keys) {
  if (!lengths.defined()) return {};
  ShapeCheck("length_mask").expect("lengths", lengths, "batch");
  return (at::arange(keys, lengths.options()).unsqueeze(0) < lengths.unsqueeze(1)).view({-1, 1, 1, keys});
}

}  // namespace mneme
