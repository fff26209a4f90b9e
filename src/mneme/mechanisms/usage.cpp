#include "mneme/mechanisms/usage.h"

#include <ATen/ATen.h>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {

at::Tensor memory_retention(const at::Tensor& free_gates, const at::Tensor& previous_read_weights) {
  ShapeCheck("memory_retention")
      .expect("free_gates", free_gates, "batch heads")
      .expect("previous_read_weights", previous_read_weights, "batch heads slots");
  const auto heads = free_gates.size(1);
  if (heads == 0)
    throw Error("memory_retention: free_gates is " + shape_text(free_gates) + ", expected at least one head");
  const auto kept = 1 - free_gates.unsqueeze(2) * previous_read_weights;  // [batch, heads, slots]
  auto retention = kept.select(1, 0);  // [batch, slots]; factor by factor, so that no derivative divides by one
  for (int64_t head = 1; head < heads; ++head) retention = retention * kept.select(1, head);
  return retention;
}

at::Tensor memory_usage(const at::Tensor& previous_usage, const at::Tensor& previous_write_weights,
                        const at::Tensor& retention) {
  ShapeCheck("memory_usage")
      .expect("previous_usage", previous_usage, "batch slots")
      .expect("previous_write_weights", previous_write_weights, "batch slots")
      .expect("retention", retention, "batch slots");
  return (previous_usage + previous_write_weights - previous_usage * previous_write_weights) * retention;
}

}  // namespace mneme
