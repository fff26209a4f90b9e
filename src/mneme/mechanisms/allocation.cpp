#include "mneme/mechanisms/allocation.h"

#include <ATen/ATen.h>

#include "mneme/core/shape.h"

namespace mneme {

at::Tensor allocation_weights(const at::Tensor& usage) {
  ShapeCheck("allocation_weights").expect("usage", usage, "batch slots");
  // By the usage itself: the floor could round two that differ to one.
  const auto order = at::argsort(usage.detach(), /*stable=*/true, /*dim=*/1, /*descending=*/false);  // φ
  const auto sorted = (kUsageFloor + (1 - kUsageFloor) * usage).gather(1, order);  // [batch, slots]
  const auto products = at::cat(
      {at::ones_like(sorted.narrow(1, 0, 1)), sorted.cumprod(1).narrow(1, 0, sorted.size(1) - 1)}, 1);
  return at::zeros_like(usage).scatter(1, order, (1 - sorted) * products);
}

at::Tensor gate_write_weights(const at::Tensor& allocation_weights, const at::Tensor& content_weights,
                              const at::Tensor& allocation_gate, const at::Tensor& write_gate) {
  ShapeCheck("gate_write_weights")
      .expect("allocation_weights", allocation_weights, "batch slots")
      .expect("content_weights", content_weights, "batch slots")
      .expect("allocation_gate", allocation_gate, "batch")
      .expect("write_gate", write_gate, "batch");
  const auto to_free = allocation_gate.unsqueeze(1);  // [batch, 1]
  return write_gate.unsqueeze(1) * (to_free * allocation_weights + (1 - to_free) * content_weights);
}

}  // namespace mneme
