// From what a network says at each step to a list of labels: the reading side of connectionist temporal
// classification. Class 0 says that no label is here, and a label said twice in a row is one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mneme {

struct DecodedLabel {
  int64_t label;
  int64_t step;  ///< where it was said most clearly
};

/// The labels of the most probable class at every step. `logits`: [time, classes], row by row.
std::vector<DecodedLabel> best_path(std::span<const float> logits, int64_t classes);

/// The most probable list of labels among those that a search keeps which follows `width` fronts of lists
/// through the steps (Graves 2012, section 7.5; Hannun et al. 2014, algorithm 1), adding up all ways to say a
/// front. With a width beyond all fronts that there are it is the most probable list of all.
std::vector<int64_t> prefix_beam(std::span<const float> logits, int64_t classes, int64_t width);

/// For each label of a text that is known, the step where it was said most clearly on the most probable way
/// to say them all in order. Throws Error when there are more labels than the steps can say.
std::vector<int64_t> steps_of_labels(std::span<const float> logits, int64_t classes,
                                     std::span<const int64_t> labels);

}  // namespace mneme
