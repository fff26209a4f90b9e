// How hard the training distribution is as a run goes on.
#pragma once

#include <limits>
#include <string>

#include "mneme/training/length.h"
#include "mneme/training/options.h"

namespace mneme {

/// Difficulty from curriculum_start to 1: always 1 (none), along a line over curriculum_length (length), or a
/// step of curriculum_step up whenever the mean training loss since the last step has been below
/// curriculum_below over milestone_sequences (loss), or whenever curriculum_patience validations in a row were not
/// better than the best at this difficulty (validation). Training batches are drawn afresh, so their loss is a
/// validation at the present difficulty that costs nothing.
class Curriculum {
 public:
  explicit Curriculum(const TrainingOptions& options);

  double difficulty() const { return state_.difficulty; }

  /// After an update that ended at `position`, with the loss of its batch in its unit.
  void update(const Position& position, double loss, int64_t sequences);

  /// After a validation. Whether the difficulty has risen, so that earlier validations are no measure any more.
  bool validated(double headline);

  /// For checkpoints: the difficulty, and since its last step the losses (sum over sequences, count), the best
  /// validation and how many came after it.
  struct State {
    double difficulty = 1, loss_sum = 0;
    int64_t sequences = 0;
    double best = std::numeric_limits<double>::infinity();
    int64_t validations_since_best = 0;
  };
  State state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  std::string kind_;
  double start_, step_, below_;
  int64_t window_, patience_;
  Length length_;
  State state_;
};

}  // namespace mneme
