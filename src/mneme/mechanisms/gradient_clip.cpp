#include "mneme/mechanisms/gradient_clip.h"

#include <ATen/ATen.h>

namespace mneme {

at::Tensor clip_gradient(const at::Tensor& x, double limit) {
  if (limit <= 0 || !x.requires_grad()) return x;
  const at::Tensor same = x.view_as(x);
  same.register_hook([limit](const at::Tensor& gradient) { return gradient.clamp(-limit, limit); });
  return same;
}

}  // namespace mneme
