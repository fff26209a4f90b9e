#include "mneme/core/nearest_words.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace mneme {
namespace {

/// Insertions, deletions, changes and swaps of neighbours that turn one word into the other.
size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<size_t> before_last, last(to.size() + 1), row(to.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= to.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (from[i - 1] != to[j - 1])});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = row;
  }
  return last.back();
}

}  // namespace

std::vector<std::string> nearest_words(std::string_view word, const std::vector<std::string>& known,
                                       size_t count) {
  std::vector<std::pair<size_t, std::string>> near;
  for (const auto& candidate : known) {
    const size_t length = std::max(word.size(), candidate.size());
    const size_t distance = edit_distance(word, candidate);
    if (distance <= std::max<size_t>(1, length / 3) && distance != length)
      near.emplace_back(distance, candidate);
  }
  std::ranges::stable_sort(near, {}, &std::pair<size_t, std::string>::first);
  std::vector<std::string> words;
  for (size_t i = 0; i < std::min(count, near.size()); ++i) words.push_back(near[i].second);
  return words;
}

}  // namespace mneme
