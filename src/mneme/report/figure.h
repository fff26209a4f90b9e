// Figures as static SVG, for documents.
#pragma once

#include <string>

#include "mneme/core/trace.h"

namespace mneme {

/// The figure of an "ntm-episode" view, laid out as in Graves, Wayne, Danihelka 2014, figure 6: inputs and
/// outputs, adds and reads, write and read weightings over one time axis (the first head of each kind).
/// Paths only: sharp at any size, on white. Throws Error for a view of another kind, or one that lacks an
/// array.
std::string figure_svg(const TraceView& view);

}  // namespace mneme
