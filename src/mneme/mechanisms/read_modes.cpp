#include "mneme/mechanisms/read_modes.h"

#include <ATen/ATen.h>

#include "mneme/core/shape.h"

namespace mneme {

at::Tensor mix_read_modes(const at::Tensor& modes, const at::Tensor& backward_weights,
                          const at::Tensor& content_weights, const at::Tensor& forward_weights) {
  ShapeCheck("mix_read_modes")
      .expect("modes", modes, "batch heads 3")
      .expect("backward_weights", backward_weights, "batch heads slots")
      .expect("content_weights", content_weights, "batch heads slots")
      .expect("forward_weights", forward_weights, "batch heads slots");
  const auto share = [&](int64_t mode) { return modes.narrow(2, mode, 1); };  // [batch, heads, 1]
  return share(0) * backward_weights + share(1) * content_weights + share(2) * forward_weights;
}

}  // namespace mneme
