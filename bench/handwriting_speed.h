// How fast the handwriting synthesis net runs: forward and backward of whole lines, by the composite and by the fused
// operation in the same process, and writing.
#pragma once

#include <cstdint>

#include "bench/path_speed.h"
#include "mneme/models/handwriting.h"

namespace mneme {

/// The paper's net, unless changed: three layers of 400, 10 bumps over the text, 20 mixtures; lines of 256 points
/// and 40 characters.
struct HandwritingSpeedCase {
  HandwritingOptions model;
  int64_t batch = 32;
  int64_t points = 256;
  int64_t characters = 40;
};

/// The composite is timed on a sixteenth of the points, and its time times 16 is given: it is the same at every
/// step.
PathSpeed measure_handwriting(const HandwritingSpeedCase& setting, const SpeedEffort& effort);

/// Points a second of `lines` lines that are written side by side, over about `seconds`.
double writing_rate(const HandwritingSpeedCase& setting, int64_t lines, double seconds);

}  // namespace mneme
