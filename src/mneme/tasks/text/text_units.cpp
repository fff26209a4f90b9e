#include "mneme/tasks/text/text_units.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <set>

#include "mneme/core/error.h"
#include "mneme/tasks/text/utf8.h"

namespace mneme {
namespace {

/// Calls `each` with every word, and with "<eos>" at a line's end.
template <class Each>
void for_words(std::string_view text, Each&& each) {
  constexpr std::string_view kBlanks = " \t\r\v\f";
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '\n') {
      each(std::string_view("<eos>"));
      ++at;
    } else if (kBlanks.find(text[at]) != std::string_view::npos) {
      ++at;
    } else {
      const size_t end = std::min(text.find_first_of(" \t\r\v\f\n", at), text.size());
      each(text.substr(at, end - at));
      at = end;
    }
  }
}

}  // namespace

void TextUnits::require_token(int64_t token) const {
  if (token < 0 || token >= size())
    throw Error("token " + std::to_string(token) + " is not in the vocabulary, expected 0.." +
                std::to_string(size() - 1));
}

std::string TextUnits::decode(const std::vector<int64_t>& tokens) const {
  std::string text;
  for (const int64_t token : tokens) text += piece(token);
  return text;
}

std::vector<int64_t> ByteUnits::encode(std::string_view text) const {
  std::vector<int64_t> tokens;
  for (const char byte : text) tokens.push_back(static_cast<unsigned char>(byte));
  return tokens;
}

std::string ByteUnits::piece(int64_t token) const {
  require_token(token);
  return std::string(1, static_cast<char>(token));
}

CharacterUnits::CharacterUnits(const std::string& characters) {
  require_utf8("characters", characters);
  if (characters.empty()) throw Error("characters: the list is empty");
  for (size_t at = 0; at < characters.size();) {
    const auto bytes = static_cast<size_t>(first_character(std::string_view(characters).substr(at)).bytes);
    characters_.push_back(characters.substr(at, bytes));
    if (!numbers_.emplace(characters_.back(), static_cast<int64_t>(characters_.size()) - 1).second)
      throw Error("characters: '" + characters_.back() + "' is there twice");
    at += bytes;
  }
}

std::vector<int64_t> CharacterUnits::encode(std::string_view text) const {
  require_utf8("text", text);
  std::vector<int64_t> tokens;
  for (size_t at = 0; at < text.size();) {
    const auto character = first_character(text.substr(at));
    const auto piece = text.substr(at, static_cast<size_t>(character.bytes));
    const auto found = numbers_.find(piece);
    if (found == numbers_.end()) {
      char code[16];
      std::snprintf(code, sizeof code, "U+%04X", static_cast<unsigned>(character.code));
      std::string known;
      for (const auto& each : characters_) known += each;
      throw Error("the character '" + std::string(piece) + "' (" + code + ") at byte " + std::to_string(at) +
                  " is not in the vocabulary of " + std::to_string(characters_.size()) +
                  " characters: " + known);
    }
    tokens.push_back(found->second);
    at += piece.size();
  }
  return tokens;
}

std::string CharacterUnits::piece(int64_t token) const {
  require_token(token);
  return characters_[static_cast<size_t>(token)];
}

std::string characters_of(const std::string& name, std::string_view text) {
  require_utf8(name, text);
  std::set<std::string, std::less<>> different;  // by bytes, which in UTF-8 is by code
  for (size_t at = 0; at < text.size();) {
    const auto piece = text.substr(at, static_cast<size_t>(first_character(text.substr(at)).bytes));
    if (different.find(piece) == different.end()) different.emplace(piece);
    at += piece.size();
  }
  std::string all;
  for (const auto& each : different) all += each;
  return all;
}

WordUnits::WordUnits(std::vector<std::string> words) : words_(std::move(words)) {
  for (const auto& word : words_)
    if (!numbers_.emplace(word, static_cast<int64_t>(numbers_.size())).second)
      throw Error("words: '" + word + "' is there twice");
  const auto unknown = numbers_.find("<unk>"), end = numbers_.find("<eos>");
  if (unknown == numbers_.end()) throw Error("words: the list has no <unk>");
  unknown_ = unknown->second;
  if (end != numbers_.end()) end_ = end->second;
}

std::vector<int64_t> WordUnits::encode(std::string_view text) const {
  require_utf8("text", text);
  std::vector<int64_t> tokens;
  for_words(text, [&](std::string_view word) {
    const auto found = numbers_.find(word);
    tokens.push_back(found == numbers_.end() ? unknown_ : found->second);
  });
  return tokens;
}

std::string WordUnits::piece(int64_t token) const {
  require_token(token);
  return token == end_ ? "\n" : words_[static_cast<size_t>(token)] + " ";
}

std::vector<int64_t> NumberUnits::encode(std::string_view text) const {
  std::vector<int64_t> tokens;
  for_words(text, [&](std::string_view word) {
    if (word == "<eos>") return;
    int64_t number = -1;
    const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (fault != std::errc() || end != word.data() + word.size() || number < 0 || number >= size_)
      throw Error("'" + std::string(word) + "' is no token, expected numbers of 0.." +
                  std::to_string(size_ - 1) + " parted by blanks");
    tokens.push_back(number);
  });
  return tokens;
}

std::string NumberUnits::piece(int64_t token) const {
  require_token(token);
  return std::to_string(token) + " ";
}

std::vector<std::string> words_of(std::string_view text, int64_t most) {
  std::map<std::string, int64_t, std::less<>> counts;
  for_words(text, [&](std::string_view word) {
    const auto found = counts.find(word);
    if (found == counts.end())
      counts.emplace(word, 1);
    else
      ++found->second;
  });
  counts.erase("<unk>");
  counts.erase("<eos>");
  std::vector<std::pair<std::string, int64_t>> ranked(counts.begin(), counts.end());
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& left, const auto& right) { return left.second > right.second; });
  std::vector<std::string> words = {"<unk>", "<eos>"};
  for (const auto& [word, count] : ranked) {
    if (static_cast<int64_t>(words.size()) >= most) break;
    words.push_back(word);
  }
  return words;
}

}  // namespace mneme
