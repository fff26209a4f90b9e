// How fast the ACT network runs: forward and backward of whole batches, by the composite and by the fused operation in
// the same process.
#pragma once

#include <cstdint>

#include "bench/path_speed.h"
#include "mneme/models/act_rnn.h"

namespace mneme {

/// Numbers of the shape of a task, and a network that takes sides: most sequences halt at once, a few think on, so that
/// the mean is below two inner steps.
struct ActSpeedCase {
  ActOptions model;
  int64_t features, outputs, batch, time;
  /// The halting unit's weights are this many times those of an untrained network.
  double halting_gain;
};

/// The paper's networks: parity in one step (RNN of 128) and addition of five numbers (LSTM of 512).
ActSpeedCase act_parity_case(int64_t batch);
ActSpeedCase act_addition_case(int64_t batch);

struct ActSpeed : PathSpeed {
  double ponder_steps = 0;  ///< mean inner steps of a step
  int64_t longest = 0;      ///< most inner steps of a step: the composite takes as many of all
};

ActSpeed measure_act(const ActSpeedCase& setting, const SpeedEffort& effort);

}  // namespace mneme
