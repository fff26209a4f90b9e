// A line of handwriting as SVG.
#pragma once

#include <string>

#include "mneme/core/trace.h"

namespace mneme {

/// The pen of a "handwriting" view, black on white, one path a stroke. Opened in a browser, the line is drawn stroke
/// by stroke at the speed of a hand; everywhere else it is there at once. Throws Error for a view of another kind.
std::string handwriting_svg(const TraceView& view);

}  // namespace mneme
