// What the page of a synthesis network begins with.
#pragma once

#include <cstdint>
#include <vector>

#include "mneme/core/trace.h"
#include "mneme/training/checkpoint.h"

namespace mneme {

/// The pictures of Graves 2013: a line with the alignment of its text and the density of each next point (figures
/// 10, 13), one text in several styles (figures 15, 16), and lines without a text (figure 11), of the net itself or
/// of zoo/handwriting-free beside it. Empty for a model that does not write.
std::vector<TraceView> handwriting_pictures(const TrainedModel& trained, uint64_t seed);

}  // namespace mneme
