// The same trace with fewer points: those that its shape needs.
#pragma once

#include <vector>

#include "mneme/tasks/pen/pen_text.h"

namespace mneme {

struct ThinnedPen {
  PenText pen;  ///< points that are left, their offsets from each other
  std::vector<float>
      moments;  ///< for each point, the time since the one before, in points of the whole trace
};

/// Leaves out what is within `tolerance` of the lines between the points that stay (Douglas and Peucker
/// 1973), stroke by stroke; the first and last point of a stroke always stay. A tolerance of 0 keeps all that
/// is not on a line.
ThinnedPen thinned(const PenText& pen, double tolerance);

}  // namespace mneme
