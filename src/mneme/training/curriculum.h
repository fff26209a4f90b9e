// How hard the training distribution is as a run goes on.
#pragma once

#include <limits>
#include <string>

#include "mneme/training/length.h"
#include "mneme/training/options.h"

namespace mneme {

/// Difficulty from curriculum_start to 1: always 1 (none), along a line over curriculum_length (length), or a
/// step of curriculum_step up whenever the mean training loss since the last step has been below
/// curriculum_below over milestone_sequences (loss; headline: the same with the task's headline in place of the
/// loss), or whenever curriculum_patience validations in a row were not better than the best at this difficulty
/// (validation). Training batches are drawn afresh, so their loss or headline is a validation at the present
/// difficulty that costs nothing.
class Curriculum {
 public:
  explicit Curriculum(const TrainingOptions& options);

  double difficulty() const { return state_.difficulty; }

  /// Whether update() wants the headline.
  bool by_headline() const { return kind_ == "headline"; }

  /// After an update that ended at `position`, with the headline or the loss of its batch in its unit.
  void update(const Position& position, double value, int64_t sequences);

  /// After a validation. Whether the difficulty has risen, so that earlier validations are no measure any more.
  bool validated(double headline);

  /// For checkpoints: the difficulty, and since its last step the values (sum over sequences, count), the best
  /// validation and how many came after it.
  struct State {
    double difficulty = 1, sum = 0;
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
