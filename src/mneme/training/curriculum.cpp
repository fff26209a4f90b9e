#include "mneme/training/curriculum.h"

#include <algorithm>

namespace mneme {

Curriculum::Curriculum(const TrainingOptions& options)
    : kind_(options.curriculum),
      start_(options.curriculum_start),
      step_(options.curriculum_step),
      below_(options.curriculum_below),
      window_(options.milestone_sequences),
      patience_(options.curriculum_patience),
      length_(parse_length("training.curriculum_length", options.curriculum_length)) {
  state_.difficulty = kind_ == "none" ? 1 : start_;
}

void Curriculum::update(const Position& position, double value, int64_t sequences) {
  if (kind_ == "length") {
    state_.difficulty = start_ + (1 - start_) * std::min(length_.share(position), 1.0);
  } else if ((kind_ == "loss" || by_headline()) && state_.difficulty < 1) {
    state_.sum += value * static_cast<double>(sequences);
    state_.sequences += sequences;
    if (state_.sequences < window_) return;
    if (state_.sum / static_cast<double>(state_.sequences) < below_)
      state_.difficulty = std::min(state_.difficulty + step_, 1.0);
    state_.sum = 0;
    state_.sequences = 0;
  }
}

bool Curriculum::validated(double headline) {
  if (kind_ != "validation" || state_.difficulty >= 1) return false;
  if (headline < state_.best) {
    state_.best = headline;
    state_.validations_since_best = 0;
    return false;
  }
  if (++state_.validations_since_best < patience_) return false;
  State risen;
  risen.difficulty = std::min(state_.difficulty + step_, 1.0);
  state_ = risen;
  return true;
}

}  // namespace mneme
