// How hard the training distribution is as a run goes on.
#pragma once

#include "mneme/training/length.h"
#include "mneme/training/options.h"

namespace mneme {

/// Difficulty from curriculum_start to 1: always 1 (none), along a line over curriculum_length (length), or a
/// step of curriculum_step up whenever the mean training loss since the last step has been below
/// curriculum_below over milestone_sequences (loss). Training batches are drawn afresh, so their loss is a
/// validation at the present difficulty that costs nothing.
class Curriculum {
 public:
  explicit Curriculum(const TrainingOptions& options);

  double difficulty() const { return difficulty_; }

  /// After an update that ended at `position`, with the loss of its batch in its unit.
  void update(const Position& position, double loss, int64_t sequences);

  /// For checkpoints: the difficulty, and the losses since the last step (sum over sequences, count).
  struct State {
    double difficulty = 1, loss_sum = 0;
    int64_t sequences = 0;
  };
  State state() const { return {difficulty_, loss_sum_, sequences_}; }
  void set_state(const State& state);

 private:
  std::string kind_;
  double start_, step_, below_;
  int64_t window_;
  Length length_;
  double difficulty_, loss_sum_ = 0;
  int64_t sequences_ = 0;
};

}  // namespace mneme
