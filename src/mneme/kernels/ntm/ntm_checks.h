// The checks of the fused NTM's arguments.
#pragma once

#include "mneme/kernels/ntm/ntm_plan.h"
#include "mneme/kernels/ntm/ntm_sequence.h"

namespace mneme {

/// Throws Error when the operation cannot run on these inputs, or shapes or dtypes do not fit together.
NtmSizes checked_ntm_sizes(const NtmSequenceInputs& inputs, const NtmSequenceOptions& options);

}  // namespace mneme
