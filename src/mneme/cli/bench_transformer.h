// The rows of `bench transformer` and `bench generate`.
#pragma once

#include <vector>

#include "mneme/cli/result.h"

namespace mneme {

/// Training of two sizes of GPT, in tokens a second and as a share of the processor's measured peak; beside
/// it the same model in plain PyTorch and under torch.compile, where Python has it.
std::vector<ResultRow> transformer_rows(bool pytorch);

/// One stream of a GPT with 124 million random parameters for each form of its weights, in tokens a second
/// and as a share of what the measured memory bandwidth allows for the weights' bytes.
std::vector<ResultRow> generation_rows();

}  // namespace mneme
