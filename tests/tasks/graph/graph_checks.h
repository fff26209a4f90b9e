// What the tests of the graph tasks use.
#pragma once

#include <string>

#include "mneme/tasks/graph/episode.h"
#include "tasks/task_checks.h"

namespace mneme {

/// Where the maps are that the program is asked about.
inline const std::string kMaps = MNEME_SOURCE_DIR "/maps/";

/// Logits [batch, time, 90] that give the targets with certainty.
inline at::Tensor certain_digits(const Batch& batch) {
  return torch::one_hot(batch.targets, kDigitValues).flatten(2).to(torch::kFloat) * 200 - 100;
}

/// Makes the logits give another destination at a step.
inline void spoil_step(at::Tensor& logits, int64_t sequence, int64_t step) {
  logits[sequence][step]
      .slice(0, kTripleInputs - kDigitValues)
      .copy_(logits[sequence][step].slice(0, kTripleInputs - kDigitValues).clone().roll(1));
}

}  // namespace mneme
