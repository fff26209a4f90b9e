// The check of the lengths that an operation over whole sequences is given.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace mneme {

/// Throws Error, beginning with `operation`, unless lengths is int64 with values in 1..time.
void check_sequence_lengths(const std::string& operation, const at::Tensor& lengths, int64_t time);

}  // namespace mneme
