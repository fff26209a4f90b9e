// The lecture's picture of pondering: what nets trained at several prices of an inner step gave.
#pragma once

#include <filesystem>
#include <optional>

#include "mneme/core/trace.h"

namespace mneme {

/// The trace of the runs in a folder, as `train --sweep model.time_penalty=1e-1,1e-2` leaves them, from their recipes
/// and tests alone. Nothing for a folder that is itself a run, or holds none that was tested. Throws UsageError for
/// runs without a time penalty or without ponder_steps in their tests, or whose tests have different rows.
std::optional<Trace> ponder_sweep_trace(const std::filesystem::path& folder);

}  // namespace mneme
