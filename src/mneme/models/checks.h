// Checks of what models are built from and given.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>
#include <utility>
#include <vector>

#include "mneme/core/options.h"

namespace mneme {

/// Throws UsageError, beginning with `origin`, for the first option outside its limits.
void check_options(std::string_view origin, const std::vector<OptionInfo>& options);

/// Throws Error, beginning with `operation`, unless inputs is [batch, time, features] with at least one
/// step, and lengths is undefined or int64 [batch] on the CPU with values in 1..time.
void check_sequences(std::string_view operation, const at::Tensor& inputs, const at::Tensor& lengths,
                     int64_t features);

/// Throws Error, beginning with `operation`, unless inputs is int64 [batch, time] with at least one step, and every
/// number is in 0..tokens - 1.
void check_tokens(std::string_view operation, const at::Tensor& inputs, int64_t tokens);

/// What a model carries from step to step, by name, as it is before the first step.
using NamedState = std::vector<std::pair<std::string_view, at::Tensor>>;

/// Throws Error, beginning with `operation`, unless `state` holds one tensor of the same shape and dtype for each
/// of `expected`.
void check_state(std::string_view operation, const std::vector<at::Tensor>& state, const NamedState& expected);

}  // namespace mneme
