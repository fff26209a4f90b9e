// Named tensors to and from an archive.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "mneme/core/safetensors.h"

namespace mneme {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Copies each tensor into the archive under prefix + name.
void store_tensors(Archive& archive, const std::string& prefix, const NamedTensors& tensors);

/// Copies prefix + name of the archive into each tensor; what is stored as float16 or bfloat16 comes out in its
/// tensor's own floating dtype. Throws Error when one is missing or has another
/// shape or dtype: `interface.weight is [26, 100] in the file, expected [46, 100]`.
void load_tensors(const Archive& archive, const std::string& prefix, const NamedTensors& tensors);

}  // namespace mneme
