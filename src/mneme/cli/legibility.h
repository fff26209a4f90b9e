// Whether what a synthesis network writes can be read.
#pragma once

#include <cstdint>
#include <optional>

#include "mneme/cli/result.h"
#include "mneme/training/checkpoint.h"

namespace mneme {

/// Lines of unseen text at bias 1, each in the hand of a writer that was never trained on, read by
/// zoo/pen-recogniser: character_error_percent of the net's lines, and drawn_error_percent of the same texts drawn by
/// those writers themselves, for comparison. Nothing for a model that writes no text, or where there is no
/// recogniser.
std::optional<ResultRow> legibility_row(const TrainedModel& trained, uint64_t seed);

}  // namespace mneme
