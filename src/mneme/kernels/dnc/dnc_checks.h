// The checks of dnc_sequence's arguments.
#pragma once

#include "mneme/kernels/dnc/dnc_plan.h"
#include "mneme/kernels/dnc/dnc_sequence.h"

namespace mneme {

/// The sizes of a call. Throws Error naming the tensor that does not fit, or what the kernel cannot run.
DncSizes checked_dnc_sizes(const DncSequenceInputs& inputs, const DncSequenceOptions& options);

}  // namespace mneme
