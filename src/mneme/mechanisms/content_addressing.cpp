#include "mneme/mechanisms/content_addressing.h"

#include <ATen/ATen.h>

#include "mneme/core/shape.h"

namespace mneme {

at::Tensor content_similarity(const at::Tensor& memory, const at::Tensor& keys) {
  ShapeCheck("content_similarity")
      .expect("memory", memory, "batch slots width")
      .expect("keys", keys, "batch heads width");
  const auto norms = [](const at::Tensor& rows) {
    return ((rows * rows).sum(-1) + kSquaredNormFloor).sqrt();
  };
  const auto products = at::bmm(keys, memory.transpose(1, 2));  // [batch, heads, slots]
  return products / (norms(keys).unsqueeze(2) * norms(memory).unsqueeze(1));
}

at::Tensor content_weights(const at::Tensor& memory, const at::Tensor& keys, const at::Tensor& strengths) {
  ShapeCheck("content_weights")
      .expect("memory", memory, "batch slots width")
      .expect("keys", keys, "batch heads width")
      .expect("strengths", strengths, "batch heads");
  const auto logits = strengths.unsqueeze(-1) * content_similarity(memory, keys);  // [batch, heads, slots]
  return at::softmax(logits, -1);
}

at::Tensor masked_content_weights(const at::Tensor& memory, const at::Tensor& keys, const at::Tensor& masks,
                                  const at::Tensor& strengths) {
  ShapeCheck("masked_content_weights")
      .expect("memory", memory, "batch slots width")
      .expect("keys", keys, "batch heads width")
      .expect("masks", masks, "batch heads width")
      .expect("strengths", strengths, "batch heads");
  const auto masked = keys * masks;
  const auto norm = [](const at::Tensor& squares) { return (squares + kSquaredNormFloor).sqrt(); };
  // (k∘m)·(M∘m) = (k∘m∘m)·M and |M∘m|² = (m∘m)·(M∘M): no head needs a masked memory of its own.
  const auto products = at::bmm(masked * masks, memory.transpose(1, 2));                  // [batch, heads, slots]
  const auto memory_squares = at::bmm(masks * masks, (memory * memory).transpose(1, 2));  // [batch, heads, slots]
  const auto key_squares = (masked * masked).sum(-1, /*keepdim=*/true);                   // [batch, heads, 1]
  const auto similarity = products / (norm(key_squares) * norm(memory_squares));
  return at::softmax(strengths.unsqueeze(-1) * similarity, -1);
}

}  // namespace mneme
