#include "mneme/tasks/babi/story.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "mneme/core/error.h"

namespace mneme {
namespace {

/// The first position that is not valid UTF-8 (RFC 3629), or npos.
size_t find_not_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto byte = [&](size_t i) {
      return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
    };
    const unsigned first = byte(0);
    const size_t length = first < 0x80                    ? 1
                          : first >= 0xc2 && first < 0xe0 ? 2
                          : first >= 0xe0 && first < 0xf0 ? 3
                          : first >= 0xf0 && first < 0xf5 ? 4
                                                          : 0;
    if (length == 0) return at;
    for (size_t i = 1; i < length; ++i)
      if ((byte(i) & 0xc0) != 0x80) return at;
    // overlong forms, surrogates, beyond U+10FFFF
    if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||
        (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f))
      return at;
    at += length;
  }
  return std::string_view::npos;
}

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t start = 0;;) {
    const size_t end = text.find(separator, start);
    parts.push_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return lower;
}

std::string_view without_outer_spaces(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

std::string in_quotes(std::string_view text) {
  return '"' + std::string(text) + '"';
}

/// Reads one file line by line.
class StoryReader {
 public:
  /// New words go into `learning`, or are refused where it is null.
  StoryReader(const TextFile& file, const Vocabulary& vocabulary, Vocabulary* learning)
      : file_(file),
        vocabulary_(vocabulary),
        learning_(learning),
        due_(*vocabulary.find(std::string(kAnswerDue))) {}

  std::vector<Story> read() {
    if (file_.text.empty()) throw Error(file_.name + ": the file is empty, expected stories");
    std::string_view rest = file_.text;
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      ++line_;
      std::string_view text = rest.substr(0, end);
      if (text.ends_with('\r')) text.remove_suffix(1);
      read_line(text);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    require_question();
    return std::move(stories_);
  }

 private:
  [[noreturn]] void refuse(const std::string& problem, int64_t line = 0) const {
    throw Error(file_.name + ":" + std::to_string(line == 0 ? line_ : line) + ": " + problem);
  }

  void read_line(std::string_view text) {
    if (text.empty()) refuse("the line is empty, expected a number and a sentence");
    refuse_odd_bytes(text);
    const size_t space = text.find(' ');
    const auto number = whole_number(text.substr(0, space));
    if (!number || space == std::string_view::npos)
      refuse("the line starts with " + in_quotes(text.substr(0, space)) + ", expected a number and a space");
    if (stories_.empty() && *number != 1)
      refuse("the first line has number " + std::to_string(*number) + ", expected 1");
    if (*number == 1) {
      start_story();
    } else if (*number <= number_) {
      refuse("line number " + std::to_string(*number) + " comes after " + std::to_string(number_) +
             ", expected a higher one, or 1 for a new story");
    }
    number_ = *number;

    const auto fields = parts_of(text.substr(space + 1), '\t');
    const std::string_view sentence = without_outer_spaces(fields[0]);
    if (fields.size() == 1) {
      if (sentence.ends_with('?'))
        refuse("a question without a tab, expected question<tab>answer<tab>supporting lines");
      if (!sentence.ends_with('.')) refuse("the sentence ends with neither . nor ?");
      statements_[number_] = static_cast<int32_t>(stories_.back().lines.size());
      read_sentence(sentence);
      return;
    }
    if (!sentence.ends_with('?')) refuse("an answer follows a sentence that does not end with ?");
    if (fields.size() != 3)
      refuse("the question has " + std::to_string(fields.size()) +
             " fields, expected 3: question<tab>answer<tab>supporting lines");
    read_sentence(sentence);
    read_answers(fields[1]);
    read_support(fields[2]);
  }

  void refuse_odd_bytes(std::string_view text) const {
    for (const char letter : text) {
      const auto byte = static_cast<unsigned char>(letter);
      if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
        refuse("control byte " + std::to_string(byte) + ", expected text");
    }
    if (const size_t at = find_not_utf8(text); at != std::string_view::npos)
      refuse("byte " + std::to_string(static_cast<unsigned char>(text[at])) + " at column " +
             std::to_string(at + 1) + " is not UTF-8");
  }

  void start_story() {
    require_question();
    stories_.emplace_back();
    first_line_ = line_;
    statements_.clear();
  }

  void require_question() const {
    if (!stories_.empty() && stories_.back().answers.empty())
      refuse("the story that starts here has no question", first_line_);
  }

  /// Ends with . or ?, which becomes a word of its own.
  void read_sentence(std::string_view sentence) {
    const std::string_view inner = without_outer_spaces(sentence.substr(0, sentence.size() - 1));
    if (inner.empty()) refuse("the sentence has no words");
    Story& story = stories_.back();
    const size_t first = story.words.size();
    for (const std::string_view word : parts_of(inner, ' '))
      if (!word.empty()) story.words.push_back(number_of(word, "word"));
    story.words.push_back(number_of(sentence.substr(sentence.size() - 1), "word"));
    story.lines.push_back(
        {static_cast<int32_t>(first), static_cast<int32_t>(story.words.size() - first), 0, 0, {}});
  }

  void read_answers(std::string_view field) {
    Story& story = stories_.back();
    Story::Line& question = story.lines.back();
    question.first_answer = static_cast<int32_t>(story.answers.size());
    for (const std::string_view word : parts_of(without_outer_spaces(field), ',')) {
      if (without_outer_spaces(word).empty()) refuse("the answer " + in_quotes(field) + " lacks a word");
      story.answers.push_back(
          {static_cast<int32_t>(story.words.size()), number_of(without_outer_spaces(word), "answer word")});
      story.words.push_back(due_);
      ++question.answers;
    }
  }

  void read_support(std::string_view field) {
    for (const std::string_view text : parts_of(without_outer_spaces(field), ' ')) {
      if (text.empty() && !without_outer_spaces(field).empty()) continue;  // two spaces
      const auto support = whole_number(text);
      if (!support) refuse("supporting line " + in_quotes(text) + ", expected a number");
      const auto line = statements_.find(*support);
      if (line == statements_.end())
        refuse("supporting line " + std::to_string(*support) +
               " is no earlier sentence of this story (before line " + std::to_string(number_) + ")");
      stories_.back().lines.back().support.push_back(line->second);
    }
  }

  int32_t number_of(std::string_view word, const char* role) {
    if (word == kAnswerDue) refuse("the word \"-\" is kept for answers that are due");
    const std::string lower = lower_case(word);
    if (const auto number = vocabulary_.find(lower)) return *number;
    if (learning_ == nullptr)
      refuse(std::string(role) + " " + in_quotes(lower) +
             " is not in the vocabulary, the words of the training files");
    return learning_->add(lower);
  }

  const TextFile& file_;
  const Vocabulary& vocabulary_;
  Vocabulary* learning_;
  int32_t due_;
  std::vector<Story> stories_;
  int64_t line_ = 0;                                // in the file
  int64_t number_ = 0;                              // that the line bears in its story
  int64_t first_line_ = 0;                          // of the story, in the file
  std::unordered_map<int64_t, int32_t> statements_;  // lines that are no questions, by the number they bear
};

}  // namespace

Vocabulary::Vocabulary() {
  add(std::string(kAnswerDue));
}

std::optional<int32_t> Vocabulary::find(const std::string& word) const {
  const auto found = numbers_.find(word);
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

int32_t Vocabulary::add(const std::string& word) {
  const auto [entry, is_new] = numbers_.emplace(word, static_cast<int32_t>(words_.size()));
  if (is_new) words_.push_back(word);
  return entry->second;
}

std::vector<int32_t> Vocabulary::sort() {
  std::vector<int32_t> order(words_.size());
  std::iota(order.begin(), order.end(), 0);
  const auto word_of = [&](int32_t number) -> const std::string& {
    return words_[static_cast<size_t>(number)];
  };
  std::sort(order.begin() + 1, order.end(),
            [&](int32_t left, int32_t right) { return word_of(left) < word_of(right); });
  std::vector<std::string> sorted;
  std::vector<int32_t> renumbered(words_.size());
  for (const int32_t old : order) {
    renumbered[static_cast<size_t>(old)] = numbers_[word_of(old)] = static_cast<int32_t>(sorted.size());
    sorted.push_back(word_of(old));
  }
  words_ = std::move(sorted);
  return renumbered;
}

std::vector<Story> read_stories(const TextFile& file, Vocabulary& vocabulary, NewWords new_words) {
  return StoryReader(file, vocabulary, new_words == NewWords::add ? &vocabulary : nullptr).read();
}

std::vector<Story> read_stories(const TextFile& file, const Vocabulary& vocabulary) {
  return StoryReader(file, vocabulary, nullptr).read();
}

}  // namespace mneme
