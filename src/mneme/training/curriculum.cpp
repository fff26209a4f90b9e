#include "mneme/training/curriculum.h"

#include <algorithm>

namespace mneme {

Curriculum::Curriculum(const TrainingOptions& options)
    : kind_(options.curriculum),
      start_(options.curriculum_start),
      step_(options.curriculum_step),
      below_(options.curriculum_below),
      window_(options.milestone_sequences),
      length_(parse_length("training.curriculum_length", options.curriculum_length)),
      difficulty_(kind_ == "none" ? 1 : start_) {}

void Curriculum::update(const Position& position, double loss, int64_t sequences) {
  if (kind_ == "length") {
    difficulty_ = start_ + (1 - start_) * std::min(length_.share(position), 1.0);
  } else if (kind_ == "loss" && difficulty_ < 1) {
    loss_sum_ += loss * static_cast<double>(sequences);
    sequences_ += sequences;
    if (sequences_ < window_) return;
    if (loss_sum_ / static_cast<double>(sequences_) < below_)
      difficulty_ = std::min(difficulty_ + step_, 1.0);
    loss_sum_ = 0;
    sequences_ = 0;
  }
}

void Curriculum::set_state(const State& state) {
  difficulty_ = state.difficulty;
  loss_sum_ = state.loss_sum;
  sequences_ = state.sequences;
}

}  // namespace mneme
