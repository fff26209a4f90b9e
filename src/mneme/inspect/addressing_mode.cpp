#include "mneme/inspect/addressing_mode.h"

#include <algorithm>
#include <cmath>

namespace mneme {

const char* const kAddressingRule =
    "A head is in mode location only when 1 − g > g·f, where g is its gate and f = e^β / (e^β + N − 1) is "
    "the most "
    "that a key of strength β can focus on one of N locations when the others are orthogonal to it. "
    "Otherwise "
    "it is in mode content when the largest element of its shift kernel is the shift by 0, and in mode "
    "content then "
    "shift when it is another. A jump is a move of the head's largest weight by more than the shift kernel "
    "reaches, "
    "round the circular memory, with at least half of the weight on one location before and after.";

std::string mode_name(AddressingMode mode) {
  switch (mode) {
    case AddressingMode::content:
      return "content";
    case AddressingMode::content_then_shift:
      return "content then shift";
    case AddressingMode::location:
      return "location only";
  }
  return {};
}

AddressingMode addressing_mode(double gate, double strength, std::span<const float> shift, int64_t slots) {
  // f written with e^-β, which cannot overflow.
  const double content_focus = 1 / (1 + static_cast<double>(slots - 1) * std::exp(-strength));
  if (1 - gate > gate * content_focus) return AddressingMode::location;
  const bool stays = head_position(shift) == static_cast<int64_t>(shift.size() / 2);
  return stays ? AddressingMode::content : AddressingMode::content_then_shift;
}

int64_t head_position(std::span<const float> weights) {
  return std::max_element(weights.begin(), weights.end()) - weights.begin();
}

bool head_jumped(std::span<const float> before, std::span<const float> after, int64_t shift_range) {
  const int64_t from = head_position(before), to = head_position(after);
  if (before[static_cast<size_t>(from)] < 0.5f || after[static_cast<size_t>(to)] < 0.5f) return false;
  const int64_t distance = std::abs(to - from);
  return std::min(distance, static_cast<int64_t>(before.size()) - distance) > shift_range;
}

}  // namespace mneme
