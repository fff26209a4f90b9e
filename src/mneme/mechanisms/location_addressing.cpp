#include "mneme/mechanisms/location_addressing.h"

#include <ATen/ATen.h>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {

at::Tensor interpolate_weights(const at::Tensor& content_weights, const at::Tensor& previous_weights,
                               const at::Tensor& gates) {
  ShapeCheck("interpolate_weights")
      .expect("content_weights", content_weights, "batch heads slots")
      .expect("previous_weights", previous_weights, "batch heads slots")
      .expect("gates", gates, "batch heads");
  const auto gate = gates.unsqueeze(-1);  // [batch, heads, 1]
  return gate * content_weights + (1 - gate) * previous_weights;
}

at::Tensor shift_weights(const at::Tensor& weights, const at::Tensor& shifts) {
  ShapeCheck("shift_weights")
      .expect("weights", weights, "batch heads slots")
      .expect("shifts", shifts, "batch heads shifts");
  const auto count = shifts.size(-1);  // 2S + 1
  if (count % 2 == 0)
    throw Error("shift_weights: shifts is " + shape_text(shifts) +
                ", expected an odd number of shifts: as many forward as back, and none");
  const auto range = count / 2;  // S
  at::Tensor shifted;            // [batch, heads, slots]
  for (int64_t shift = -range; shift <= range; ++shift) {
    const auto share = shifts.narrow(-1, shift + range, 1);  // [batch, heads, 1]
    const auto moved = share * at::roll(weights, shift, -1);
    shifted = shifted.defined() ? shifted + moved : moved;
  }
  return shifted;
}

at::Tensor sharpen_weights(const at::Tensor& weights, const at::Tensor& sharpenings) {
  ShapeCheck("sharpen_weights")
      .expect("weights", weights, "batch heads slots")
      .expect("sharpenings", sharpenings, "batch heads");
  return at::softmax(sharpenings.unsqueeze(-1) * weights.clamp_min(kWeightFloor).log(), -1);
}

}  // namespace mneme
