// What the readers of published handwriting share.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "mneme/tasks/pen/published_pen.h"

namespace mneme {

/// Line by line through a text, with errors that name file and line.
class LineReader {
 public:
  LineReader(std::string_view text, std::string name) : rest_(text), name_(std::move(name)) {}

  bool next();  ///< false behind the last line
  const std::string& line() const { return line_; }

  /// The line as so many numbers with blanks between, and nothing else. `expected` is what errors say.
  template <size_t count>
  std::array<double, count> numbers(const std::string& expected) const {
    std::array<double, count> values;
    read_numbers(values.data(), count, expected);
    return values;
  }

  /// Throws Error: `page/1_the.txt:7: "4 x 0", expected x y pen-up`.
  [[noreturn]] void refuse(const std::string& expected) const;

 private:
  void read_numbers(double* values, size_t count, const std::string& expected) const;

  std::string_view rest_;
  std::string name_, line_;
  int number_ = 0;
};

/// Refuses the reader's line when the text has a character that is not among pen_characters().
void check_characters(const std::string& text, const LineReader& lines);

/// Scales all parts by one factor, taken of the training part: see PublishedPen. Without a training part 1.
void scale_to_letters(PublishedPen& parts);

}  // namespace mneme
