#include "mneme/mechanisms/dnc_interface.h"

#include <ATen/ATen.h>

#include "mneme/core/shape.h"
#include "mneme/mechanisms/exact_softplus.h"

namespace mneme {

DncInterface split_interface(const at::Tensor& interface, const DncInterfaceSizes& sizes) {
  ShapeCheck("split_interface")
      .bind("interface", sizes.interface(), "DncInterfaceSizes")
      .expect("interface", interface, interface.dim() == 3 ? "batch time interface" : "batch interface");
  const auto heads = sizes.read_heads, width = sizes.width;
  int64_t begin = 0;
  const auto take = [&](int64_t count) {
    begin += count;
    return interface.narrow(-1, begin - count, count);
  };
  DncInterface parts;
  parts.read_keys = take(heads * width).unflatten(-1, {heads, width});
  parts.read_strengths = take(heads);
  parts.write_key = take(width);
  parts.write_strength = take(1).squeeze(-1);
  parts.erase = take(width);
  parts.write_vector = take(width);
  parts.free_gates = take(heads);
  parts.allocation_gate = take(1).squeeze(-1);
  parts.write_gate = take(1).squeeze(-1);
  if (sizes.read_modes) parts.read_modes = take(heads * 3).unflatten(-1, {heads, 3});
  if (sizes.masks) {
    parts.read_masks = take(heads * width).unflatten(-1, {heads, width});
    parts.write_mask = take(width);
  }
  if (sizes.sharpness) {
    parts.forward_sharpness = take(heads);
    parts.backward_sharpness = take(heads);
  }
  return parts;
}

DncInterface activate_interface(const DncInterface& raw) {
  const auto sigmoid = [](const at::Tensor& x) { return x.defined() ? at::sigmoid(x) : x; };
  const auto oneplus = [](const at::Tensor& x) { return x.defined() ? 1 + exact_softplus(x) : x; };
  return {
      .read_keys = raw.read_keys,
      .read_strengths = oneplus(raw.read_strengths),
      .write_key = raw.write_key,
      .write_strength = oneplus(raw.write_strength),
      .erase = sigmoid(raw.erase),
      .write_vector = raw.write_vector,
      .free_gates = sigmoid(raw.free_gates),
      .allocation_gate = sigmoid(raw.allocation_gate),
      .write_gate = sigmoid(raw.write_gate),
      .read_modes = raw.read_modes.defined() ? at::softmax(raw.read_modes, -1) : raw.read_modes,
      .read_masks = sigmoid(raw.read_masks),
      .write_mask = sigmoid(raw.write_mask),
      .forward_sharpness = oneplus(raw.forward_sharpness),
      .backward_sharpness = oneplus(raw.backward_sharpness),
  };
}

}  // namespace mneme
