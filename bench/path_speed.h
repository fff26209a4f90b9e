// Times the composite and the fused path of a model in the same process.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "mneme/kernels/path.h"

namespace mneme {

struct PathSpeed {
  std::optional<double> composite_ms;  ///< forward + backward of the batch, median
  std::optional<double> fused_ms;
  double gflop = 0;      ///< of forward + backward; backward is counted as twice forward
  std::string obstacle;  ///< why the fused path did not run
};

struct SpeedEffort {
  int64_t repeats = 9;          ///< timed rounds of each path, in turn; the median counts
  double seconds = 6;           ///< fewer rounds, but three at least, when they take longer than this
  double round_seconds = 0.05;  ///< a round of the fused path repeats the call until it lasts this long
  bool composite = true, fused = true;
};

/// `run` does forward and backward of one batch by the path that it is given; it throws Error when it cannot.
PathSpeed time_paths(const std::function<void(Path)>& run, double gflop, const SpeedEffort& effort);

/// How many MB (10^6 bytes) more than before the program held at most while `run` ran; nothing where the system
/// does not tell.
std::optional<double> peak_megabytes(const std::function<void()>& run);

}  // namespace mneme
