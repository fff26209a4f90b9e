// bAbI stories as sequences of words, read strictly: a malformed line is refused by file and line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mneme/tasks/babi/babi_files.h"

namespace mneme {

/// Words and their numbers.
class Vocabulary {
 public:
  /// `-`, which stands where an answer is due, is always in, as number 0.
  Vocabulary();
  int64_t size() const { return static_cast<int64_t>(words_.size()); }
  const std::vector<std::string>& words() const { return words_; }
  const std::string& word(int64_t number) const { return words_.at(static_cast<size_t>(number)); }
  std::optional<int32_t> find(const std::string& word) const;
  int32_t add(const std::string& word);

  /// Puts the words in alphabetical order after `-`, so that the order of the files does not matter. Returns the
  /// new number of each old one.
  std::vector<int32_t> sort();

 private:
  std::vector<std::string> words_;
  std::unordered_map<std::string, int32_t> numbers_;
};

inline constexpr std::string_view kAnswerDue = "-";

/// A story with all its questions: one sequence.
struct Story {
  struct Answer {
    int32_t step, word;
  };
  /// A sentence or, with answers, a question.
  struct Line {
    int32_t first, words;                     ///< its first step; its words, with . or ?
    int32_t first_answer = 0, answers = 0;    ///< in `answers` of the story; a sentence has none
    std::vector<int32_t> support;             ///< lines that the answer rests on, in the order of the file
  };
  std::vector<int32_t> words;   ///< [time], kAnswerDue at every answer's step
  std::vector<Answer> answers;  ///< in order; those of one question are at consecutive steps
  std::vector<Line> lines;
};

/// The format: lines `number sentence.` and `number question?<tab>answer[,answer…]<tab>supporting lines`;
/// numbers rise from 1, and a 1 starts a new story. Words come out in lower case, `.` and `?` as words of
/// their own. New words are added to the vocabulary in a training file and refused in a test file.
///
/// Throws Error `FILE:LINE: …` for anything else.
enum class NewWords { add, refuse };
std::vector<Story> read_stories(const TextFile& file, Vocabulary& vocabulary, NewWords new_words);
std::vector<Story> read_stories(const TextFile& file, const Vocabulary& vocabulary);  ///< refuses new words

}  // namespace mneme
