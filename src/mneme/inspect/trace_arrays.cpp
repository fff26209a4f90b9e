#include "mneme/inspect/trace_arrays.h"

#include <cstdio>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {

TraceArray trace_array(const std::string& name, const std::vector<std::string>& axes,
                       const at::Tensor& tensor, const std::string& unit) {
  if (tensor.dim() != static_cast<int64_t>(axes.size()))
    throw Error("trace_array: " + name + " is " + shape_text(tensor) + ", expected " +
                std::to_string(axes.size()) + " axes");
  const auto plain = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  const float* values = plain.const_data_ptr<float>();
  return {name, axes, plain.sizes().vec(), {values, values + plain.numel()}, unit};
}

const TraceArray& array_of(const TraceView& view, const std::string& name) {
  for (const TraceArray& array : view.arrays)
    if (array.name == name) return array;
  throw Error("array_of: view `" + view.title + "` has no array " + name);
}

}  // namespace mneme
