#include "mneme/models/transformer/key_value_cache.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {

void KeyValueCache::append(const at::Tensor& keys, const at::Tensor& values) {
  ShapeCheck check("KeyValueCache.append");
  if (keys_.defined()) {
    check.bind("batch", keys_.size(0), "what is held").bind("heads", keys_.size(1), "what is held");
    check.bind("width", keys_.size(3), "what is held");
  }
  check.expect("keys", keys, "batch heads steps width").expect("values", values, "batch heads steps width");
  const int64_t more = keys.size(2), held = keys_.defined() ? keys_.size(2) : 0;
  if (steps_ + more > held) {
    const int64_t capacity = std::max(2 * held, steps_ + more);
    for (at::Tensor* tensor : {&keys_, &values_}) {
      at::Tensor larger = at::empty({keys.size(0), keys.size(1), capacity, keys.size(3)}, keys.options());
      if (steps_ > 0) larger.narrow(2, 0, steps_).copy_(tensor->narrow(2, 0, steps_));
      *tensor = larger;
    }
  }
  keys_.narrow(2, steps_, more).copy_(keys);
  values_.narrow(2, steps_, more).copy_(values);
  steps_ += more;
}

void KeyValueCache::select(const at::Tensor& sequences) {
  if (!keys_.defined()) return;
  keys_ = keys_.index_select(0, sequences);
  values_ = values_.index_select(0, sequences);
}

void KeyValueCache::shorten(int64_t steps) {
  if (steps < 0 || steps > steps_)
    throw Error("KeyValueCache.shorten: steps is " + std::to_string(steps) + ", expected 0.." +
                std::to_string(steps_) + ", as many as are held");
  steps_ = steps;
}

}  // namespace mneme
