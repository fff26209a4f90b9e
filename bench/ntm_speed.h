// How fast the NTM runs: forward and backward of whole sequences, by the composite and by the fused
// operation in the same process, and training on copy.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mneme/models/ntm.h"

namespace mneme {

/// The paper's copy settings, unless changed: LSTM of 100, memory 128 x 20, one read and one write head,
/// 20 vectors to copy (41 steps).
struct NtmSpeedCase {
  NtmOptions model;
  int64_t length = 20;  ///< vectors; every sequence of the batch has 2·length + 1 steps
  int64_t batch = 1;
  int64_t steps() const { return 2 * length + 1; }
};

struct NtmSpeed {
  std::optional<double> composite_ms;  ///< forward + backward of the batch, median
  std::optional<double> fused_ms;
  double gflop = 0;      ///< of forward + backward; backward is counted as twice forward
  std::string obstacle;  ///< why the fused operation did not run
};

struct NtmSpeedEffort {
  int64_t repeats = 9;          ///< timed rounds of each path, in turn; the median counts
  double seconds = 6;           ///< fewer rounds, but three at least, when they take longer than this
  double round_seconds = 0.05;  ///< a round of the fused path repeats the call until it lasts this long
  bool composite = true, fused = true;
};

NtmSpeed measure_ntm(const NtmSpeedCase& setting, const NtmSpeedEffort& effort);

/// Sequences a second of training on copy at lengths 1 to 20: batches drawn, forward, backward, the checks
/// and the optimiser's step, as `mneme train` does it, over about `seconds`. Throws what training throws.
double copy_training_rate(const NtmOptions& model, int64_t batch, double seconds);

}  // namespace mneme
