#include "mneme/tasks/babi/typed_story.h"

#include <algorithm>
#include <cctype>

#include "mneme/core/error.h"
#include "mneme/core/nearest_words.h"

namespace mneme {
namespace {

constexpr size_t kNearest = 3;

bool is_number(const std::string& word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

[[noreturn]] void refuse_word(const std::string& word, const Vocabulary& vocabulary) {
  std::vector<std::string> known;
  for (int64_t number = 1; number < vocabulary.size(); ++number) known.push_back(vocabulary.word(number));
  std::string near;
  for (const auto& each : nearest_words(word, known, kNearest)) near.append(near.empty() ? "" : ", ").append(each);
  throw UsageError("the word " + word + " is none that the model knows" + (near.empty() ? "" : "; the nearest: " + near));
}

}  // namespace

TypedStory parse_typed_story(std::string_view text, const Vocabulary& vocabulary) {
  TypedStory story;
  std::vector<std::string> words;
  std::string word;
  bool line_begins = true, asked = false;
  const auto end_word = [&] {
    if (word.empty()) return;
    if (asked) throw UsageError("after the question comes " + word + ", expected the question to be the end");
    if (!(line_begins && is_number(word))) {
      if (!vocabulary.find(word)) refuse_word(word, vocabulary);
      words.push_back(word);
    }
    line_begins = false;
    word.clear();
  };
  const auto end_sentence = [&] {
    end_word();
    if (!words.empty()) story.sentences.push_back(std::move(words));
    words.clear();
  };
  for (const char c : text) {
    if (c == '?') {
      end_word();
      if (words.empty()) throw UsageError("the question has no words");
      story.question = std::move(words);
      words.clear();
      asked = true;
    } else if (c == '.' || c == '\n') {
      end_sentence();
      line_begins = c == '\n';
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == ',') {
      end_word();
    } else {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  end_word();
  if (!asked) throw UsageError("no question, expected the story to end with one, such as \"Where is Mary?\"");
  return story;
}

}  // namespace mneme
