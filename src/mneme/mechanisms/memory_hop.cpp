#include "mneme/mechanisms/memory_hop.h"

#include <ATen/ATen.h>

#include "mneme/core/shape.h"

namespace mneme {

at::Tensor masked_softmax(const at::Tensor& logits, const at::Tensor& mask) {
  // Not minus infinity: a row without a memory would be 0/0.
  constexpr double kFarBelow = -1e30;
  return at::softmax(logits.masked_fill(mask.logical_not(), kFarBelow), -1) * mask;
}

MemoryHop memory_hop(const at::Tensor& question, const at::Tensor& found_by, const at::Tensor& read_as,
                     const at::Tensor& mask, bool linear) {
  ShapeCheck("memory_hop")
      .expect("found_by", found_by, "batch memories width")
      .expect("read_as", read_as, "batch memories width")
      .expect("question", question, "batch width")
      .expect("mask", mask, "batch memories");
  const auto scores = found_by.matmul(question.unsqueeze(2)).squeeze(2);        // [batch, memories]
  const auto weights = linear ? scores * mask : masked_softmax(scores, mask);  // p
  return {weights, weights.unsqueeze(1).matmul(read_as).squeeze(1)};           // o
}

}  // namespace mneme
