// Tensors as arrays of a trace.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "mneme/core/trace.h"

namespace mneme {

/// `tensor` may be of any dtype and layout, on any device. Throws Error when the number of axes differs.
TraceArray trace_array(const std::string& name, const std::vector<std::string>& axes,
                       const at::Tensor& tensor, const std::string& unit = {});

/// The array of that name. Throws Error naming the view when it has none.
const TraceArray& array_of(const TraceView& view, const std::string& name);

}  // namespace mneme
