// What the generators of all tasks write with and draw from.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "mneme/core/random.h"

namespace mneme {

using Names = std::vector<std::string>;

/// Writes a story line by line.
class StoryText {
 public:
  /// "Mary went to the garden" becomes a line; returns its number.
  int64_t say(const std::string& sentence) {
    text_ += std::to_string(++lines_) + " " + sentence + ".\n";
    return lines_;
  }
  void ask(const std::string& question, const std::string& answer, const std::vector<int64_t>& support) {
    text_ += std::to_string(++lines_) + " " + question + "?\t" + answer;
    char before = '\t';
    for (const int64_t line : support) {
      text_ += before;
      text_ += std::to_string(line);
      before = ' ';
    }
    text_ += "\n";
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  int64_t lines_ = 0;
};

inline size_t draw_index(size_t count, Random& random) {
  return static_cast<size_t>(random.integer(0, static_cast<int64_t>(count) - 1));
}

template <class T>
const T& draw(const std::vector<T>& choices, Random& random) {
  return choices[draw_index(choices.size(), random)];
}

/// `count` different ones, in random order.
inline Names draw_some(Names names, size_t count, Random& random) {
  random.shuffle(names);
  names.resize(std::min(count, names.size()));
  return names;
}

/// One of `names` that is not `other`; there must be one.
inline std::string draw_other(const Names& names, const std::string& other, Random& random) {
  for (;;)
    if (const std::string& name = draw(names, random); name != other) return name;
}

/// A number from `low` at difficulty 0 to `high` at difficulty 1.
inline size_t at_difficulty(double difficulty, int64_t low, int64_t high) {
  return static_cast<size_t>(low + std::llround(difficulty * static_cast<double>(high - low)));
}

/// Directions and sides are listed in pairs: north and south, above and below.
inline size_t opposite(size_t direction) {
  return direction ^ 1;
}

/// "journeyed to the garden"
inline std::string moved_to(const std::string& place, Random& random) {
  static const Names verbs = {"went to", "moved to", "travelled to", "journeyed to", "went back to"};
  return draw(verbs, random) + " the " + place;
}

/// In all published stories what a question is about was last said in one of so many latest sentences.
constexpr int64_t kLookBack = 5;

inline const Names kPlaces = {"bathroom", "bedroom", "garden", "hallway", "kitchen", "office"};
inline const Names kTownPlaces = {"bedroom", "cinema", "kitchen", "office", "park", "school"};
inline const Names kTakeVerbs = {"got", "grabbed", "picked up", "took"};

}  // namespace mneme
