// Which of the lecture's three modes a head of a Neural Turing Machine is using at a step, and whether it
// jumped.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace mneme {

/// How did the head choose its place?
enum class AddressingMode {
  content,             ///< by the key: memory as an associative map
  content_then_shift,  ///< by the key, then a step aside: find an array, index into it
  location,            ///< by moving on from where it was: iterate
};

/// "content", "content then shift", "location only"
std::string mode_name(AddressingMode mode);

/// The mode that a head's parameters amount to.
///
/// The weighting before the shift is g·w_c + (1 - g)·w_prev. The old weighting can put at most 1 - g on one
/// location. The content weighting can put at most g·f on one, where
///
///     f = e^β / (e^β + N - 1)
///
/// is what a key gets that equals one of the N locations while the others are orthogonal to it: a high
/// gate with a strength near zero looks everywhere alike and points nowhere. So
///
/// - location only, when 1 - g > g·f;
/// - else content, when the shift kernel's largest element is the shift by 0;
/// - else content then shift.
///
/// | argument | range            | symbol | meaning                              |
/// | gate     | 0..1             | g      | content against the old weighting    |
/// | strength | ≥ 0              | β      | how sharply the key is compared      |
/// | shift    | 2S+1, sums to 1  | s      | share of each move, from -S to +S    |
/// | slots    | ≥ 1              | N      | locations of the memory              |
///
/// Source: the three modes are those of Graves, Wayne, Danihelka 2014, section 3.3.2; the thresholds are
/// ours.
AddressingMode addressing_mode(double gate, double strength, std::span<const float> shift, int64_t slots);

/// The location that a weighting gives most to; the first of equals.
int64_t head_position(std::span<const float> weights);

/// Did the head move further than its shift kernel reaches? Only content addressing can do that. Both
/// weightings must have at least half of their weight on one location, so that there is a place to move from
/// and one to move to. Distances go round the circular memory.
bool head_jumped(std::span<const float> before, std::span<const float> after, int64_t shift_range);

/// Both rules in a sentence each, for those who read a figure.
extern const char* const kAddressingRule;

}  // namespace mneme
