// Where a run stands, beside its tensors: what a checkpoint needs to go on to the same numbers.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "mneme/training/batch_source.h"
#include "mneme/training/curriculum.h"
#include "mneme/training/metrics.h"
#include "mneme/training/trainer.h"

namespace mneme {

struct RunState {
  Position position;
  Curriculum::State curriculum;
  std::deque<BatchSource::Order> open_orders;

  double best = std::numeric_limits<double>::infinity();
  int64_t best_update = 0;
  int64_t validations_since_best = 0;
  int64_t validations_below = 0;  ///< in a row, below stop_below
  int64_t validated_update = -1;  ///< the latest validation
  std::optional<Milestone> milestone;

  std::deque<double> recent_losses;  ///< of the updates that make up milestone_sequences
  double flop = 0;                   ///< of training, so far
  double loss_sum = 0;               ///< since the last training line
  int64_t loss_updates = 0;
  Metrics::Mark mark;
};

std::string to_text(const RunState& state);
/// Throws Error when the text is not a state.
RunState run_state_from(const std::string& text);

}  // namespace mneme
