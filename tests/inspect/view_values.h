// What the tests of views look at.
#pragma once

#include <string>
#include <vector>

#include "mneme/inspect/trace_arrays.h"

namespace mneme {

inline std::vector<float> values_of(const TraceView& view, const std::string& name) {
  return array_of(view, name).values;
}

}  // namespace mneme
