// The words by which a model's option names its path.
#pragma once

#include <string>

#include "mneme/kernels/path.h"

namespace mneme {

/// "automatic", "composite" or "fused"; any other word is automatic.
inline Path path_named(const std::string& name) {
  if (name == "composite") return Path::composite;
  return name == "fused" ? Path::fused : Path::automatic;
}

inline const char* path_name(Path path) {
  if (path == Path::composite) return "composite";
  return path == Path::fused ? "fused" : "automatic";
}

}  // namespace mneme
