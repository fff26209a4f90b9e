// Answers bAbI questions by rules: what the twenty tasks ask, written down. It reads the sentences alone,
// never the supporting facts that a file gives, so that files, generator and rules can be held against one
// another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mneme/tasks/babi/story.h"

namespace mneme {

/// A line in lower case, without its end mark.
struct PlainLine {
  std::vector<std::string> words;
  bool question;
};
std::vector<PlainLine> plain_lines(const Story& story, const Vocabulary& vocabulary);

struct Solution {
  size_t question;     ///< the line that asks
  std::string answer;  ///< "n,w"; empty where the rules find none
  std::vector<size_t>
      support;  ///< the lines that it rests on, in the order in which the published files name them
};

/// The answers of all questions of a story of `task` (1 to 20), each from the lines before it. Throws Error
/// for a sentence or question that the task does not know.
std::vector<Solution> solve_story(int64_t task, const std::vector<PlainLine>& story);

}  // namespace mneme
