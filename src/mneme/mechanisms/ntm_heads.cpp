#include "mneme/mechanisms/ntm_heads.h"

#include <ATen/ATen.h>

#include "mneme/core/shape.h"
#include "mneme/mechanisms/exact_softplus.h"

namespace mneme {

NtmHeadParameters split_interface(const at::Tensor& interface, const NtmHeadSizes& sizes) {
  ShapeCheck("split_interface")
      .bind("interface", sizes.interface(), "NtmHeadSizes")
      .expect("interface", interface, interface.dim() == 3 ? "batch time interface" : "batch interface");
  const auto heads = sizes.heads(), writes = sizes.write_heads;
  int64_t begin = 0;
  const auto take = [&](int64_t rows, int64_t columns) {
    const auto part = interface.narrow(-1, begin, rows * columns);
    begin += rows * columns;
    return part.unflatten(-1, {rows, columns});
  };
  NtmHeadParameters parts;
  parts.keys = take(heads, sizes.width);
  parts.strengths = take(heads, 1).squeeze(-1);
  parts.gates = take(heads, 1).squeeze(-1);
  parts.shifts = take(heads, sizes.shifts());
  parts.sharpenings = take(heads, 1).squeeze(-1);
  parts.erases = take(writes, sizes.width);
  parts.adds = take(writes, sizes.width);
  return parts;
}

NtmHeadParameters activate_heads(const NtmHeadParameters& raw) {
  return {
      .keys = raw.keys,
      .strengths = exact_softplus(raw.strengths),
      .gates = at::sigmoid(raw.gates),
      .shifts = at::softmax(raw.shifts, -1),
      .sharpenings = 1 + exact_softplus(raw.sharpenings),
      .erases = at::sigmoid(raw.erases),
      .adds = raw.adds,
  };
}

}  // namespace mneme
