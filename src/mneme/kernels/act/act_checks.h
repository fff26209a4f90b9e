// The checks of what the fused ACT network is given. For act_sequence.cpp only.
#pragma once

#include "mneme/kernels/act/act_plan.h"
#include "mneme/kernels/act/act_sequence.h"

namespace mneme {

/// The sizes, without the capacity. Throws Error when the operation cannot run or shapes do not fit.
ActSizes checked_act_sizes(const ActSequenceInputs& inputs, const ActSequenceOptions& options);

}  // namespace mneme
