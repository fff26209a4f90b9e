// The learning rate over a run.
#pragma once

#include "mneme/training/length.h"
#include "mneme/training/options.h"

namespace mneme {

class Schedule {
 public:
  explicit Schedule(const TrainingOptions& options);

  /// For the update that follows `position`: rises linearly over the warm-up, then stays, or falls along
  /// half a cosine or a line to final_rate · learning_rate at the end of the run's length, or (inverse-sqrt) by the
  /// root of how often the warm-up has passed: rate · √(warmup / update), Vaswani et al. 2017, equation 3, where
  /// their rate at the end of the warm-up is 1 / √(d_model · warmup).
  double rate(const Position& position) const;

 private:
  std::string shape_;
  double rate_, final_rate_;
  Length warmup_, length_;
};

}  // namespace mneme
