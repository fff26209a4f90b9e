// How fast the DNC runs and how much memory it takes: forward and backward of whole sequences, by the composite
// and by the fused operation in the same process.
#pragma once

#include <cstdint>
#include <optional>

#include "bench/path_speed.h"
#include "mneme/models/dnc.h"

namespace mneme {

/// 256 slots of 64, four read heads, an LSTM of 256 and 100 steps, unless changed; as many inputs and outputs as
/// the graph tasks have.
struct DncSpeedCase {
  DncOptions model;
  int64_t batch = 1;
  int64_t steps = 100;
};

struct DncSpeed : PathSpeed {
  std::optional<double> composite_mb, fused_mb;  ///< most memory that a first call takes
  double sequences_per_second = 0;               ///< of training: with the gradients' clipping and Adam's step
};

DncSpeed measure_dnc(const DncSpeedCase& setting, const SpeedEffort& effort);

}  // namespace mneme
