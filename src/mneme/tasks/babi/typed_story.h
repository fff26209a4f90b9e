// A story and a question as a person types them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mneme/tasks/babi/story.h"

namespace mneme {

/// Words in lower case.
struct TypedStory {
  std::vector<std::vector<std::string>> sentences;
  std::vector<std::string> question;
};

/// Sentences end with `.` or a line's end, the question with `?`; it comes last and is the only one. A line may begin
/// with a number, as in the published files. Throws UsageError saying what is wrong, and for a word that is not in the
/// vocabulary, with the nearest that are: `the word offise is none that the model knows; the nearest: office`.
TypedStory parse_typed_story(std::string_view text, const Vocabulary& vocabulary);

}  // namespace mneme
