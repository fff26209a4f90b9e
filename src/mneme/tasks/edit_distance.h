// How far one sequence of symbols is from another.
#pragma once

#include <cstdint>
#include <span>

namespace mneme {

/// The fewest insertions, deletions and replacements of one symbol that turn one into the other (Levenshtein
/// 1966).
int64_t edit_distance(std::span<const int64_t> one, std::span<const int64_t> other);

}  // namespace mneme
