// How fast the NTM runs: forward and backward of whole sequences, by the composite and by the fused
// operation in the same process, and training on copy.
#pragma once

#include <cstdint>

#include "bench/path_speed.h"
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

PathSpeed measure_ntm(const NtmSpeedCase& setting, const SpeedEffort& effort);

/// Sequences a second of training on copy at lengths 1 to 20: batches drawn, forward, backward, the checks
/// and the optimiser's step, as `mneme train` does it, over about `seconds`. Throws what training throws.
double copy_training_rate(const NtmOptions& model, int64_t batch, double seconds);

}  // namespace mneme
