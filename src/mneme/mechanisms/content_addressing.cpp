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

}  // namespace mneme
