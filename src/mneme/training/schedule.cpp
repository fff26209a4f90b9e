#include "mneme/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace mneme {

Schedule::Schedule(const TrainingOptions& options)
    : shape_(options.schedule),
      rate_(options.learning_rate),
      final_rate_(options.final_rate * options.learning_rate),
      warmup_(parse_length("training.warmup", options.warmup)),
      length_(parse_length("training.length", options.length)) {}

double Schedule::rate(const Position& position) const {
  // The position after the coming update: the first one already moves a little.
  const int64_t batch = position.updates == 0 ? 0 : position.sequences / position.updates;
  const Position next{position.updates + 1, position.sequences + batch, position.seconds};
  if (!warmup_.none() && warmup_.share(next) < 1) return rate_ * warmup_.share(next);
  if (shape_ == "constant") return rate_;
  if (shape_ == "inverse-sqrt") return rate_ / std::sqrt(std::max(warmup_.share(next), 1.0));
  const double share = std::clamp(length_.share(position), 0.0, 1.0);
  const double left = shape_ == "cosine" ? (1 + std::cos(std::numbers::pi * share)) / 2 : 1 - share;
  return final_rate_ + (rate_ - final_rate_) * left;
}

}  // namespace mneme
