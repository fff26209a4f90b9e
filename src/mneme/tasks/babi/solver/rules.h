// One set of rules a family of tasks. A reader is given the lines of a story in order.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "mneme/core/error.h"
#include "mneme/tasks/babi/solver/solver.h"

namespace mneme {

using Words = std::vector<std::string>;

class StoryRules {
 public:
  virtual ~StoryRules() = default;
  virtual void hear(const Words& sentence, size_t line) = 0;
  virtual Solution answer(const Words& question) const = 0;
};

std::unique_ptr<StoryRules> whereabouts_rules(int64_t task);  ///< 1 to 3, 5 to 14
std::unique_ptr<StoryRules> deduction_rules();                ///< 15
std::unique_ptr<StoryRules> induction_rules();                ///< 16
std::unique_ptr<StoryRules> motivation_rules();               ///< 20
std::unique_ptr<StoryRules> direction_rules();                ///< 4
std::unique_ptr<StoryRules> position_rules();                 ///< 17
std::unique_ptr<StoryRules> size_rules();                     ///< 18
std::unique_ptr<StoryRules> path_rules();                     ///< 19

std::string joined(const Words& words, char separator = ' ');

[[noreturn]] inline void not_understood(const Words& words) {
  throw Error("solver: \"" + joined(words) + "\" is no sentence or question of this task");
}

}  // namespace mneme
