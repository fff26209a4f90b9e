#include "mneme/mechanisms/memory_access.h"

#include <ATen/ATen.h>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {

at::Tensor read_memory(const at::Tensor& memory, const at::Tensor& read_weights) {
  ShapeCheck("read_memory")
      .expect("memory", memory, "batch slots width")
      .expect("read_weights", read_weights, "batch heads slots");
  return at::bmm(read_weights, memory);  // [batch, heads, width]
}

at::Tensor write_memory(const at::Tensor& memory, const at::Tensor& write_weights, const at::Tensor& erases,
                        const at::Tensor& adds) {
  ShapeCheck("write_memory")
      .expect("memory", memory, "batch slots width")
      .expect("write_weights", write_weights, "batch heads slots")
      .expect("erases", erases, "batch heads width")
      .expect("adds", adds, "batch heads width");
  if (write_weights.size(1) == 0)
    throw Error("write_memory: write_weights is " + shape_text(write_weights) +
                ", expected at least one head");
  auto kept = memory;  // [batch, slots, width]
  for (int64_t head = 0; head < write_weights.size(1); ++head)
    kept = kept * (1 - write_weights.select(1, head).unsqueeze(2) * erases.select(1, head).unsqueeze(1));
  return kept + at::bmm(write_weights.transpose(1, 2), adds);
}

}  // namespace mneme
