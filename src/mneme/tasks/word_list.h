// Words as a file that a trained model keeps: one a line, in the order of their numbers.
#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace mneme {

inline constexpr auto kWordsFile = "words.txt";

inline std::string word_list_text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + "\n";
  return text;
}

inline std::vector<std::string> read_word_list(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream lines(text);
  for (std::string word; std::getline(lines, word);) words.push_back(word);
  return words;
}

}  // namespace mneme
