#include "mneme/tasks/pen/pen_scale.h"

#include <charconv>
#include <cmath>

#include "mneme/core/error.h"

namespace mneme {
namespace {

// Way of the pen on paper for a character of the program's own letters: the mean over joined hands.
constexpr double kWayOfCharacter = 4.2;

}  // namespace

bool LineReader::next() {
  if (rest_.empty()) return false;
  const size_t end = rest_.find('\n');
  line_ = rest_.substr(0, end);
  if (line_.ends_with('\r')) line_.pop_back();
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  ++number_;
  return true;
}

void LineReader::refuse(const std::string& expected) const {
  throw Error(name_ + ":" + std::to_string(number_) + ": \"" + line_.substr(0, 60) + "\", expected " +
              expected);
}

void LineReader::read_numbers(double* values, size_t count, const std::string& expected) const {
  const char *at = line_.data(), *const end = at + line_.size();
  for (size_t i = 0; i < count; ++i) {
    while (at != end && *at == ' ') ++at;
    const auto [stopped, fault] = std::from_chars(at, end, values[i]);
    if (fault != std::errc() || !std::isfinite(values[i])) refuse(expected);
    at = stopped;
  }
  while (at != end && *at == ' ') ++at;
  if (at != end) refuse(expected);
}

void check_characters(const std::string& text, const LineReader& lines) {
  if (text.find_first_not_of(pen_characters()) != std::string::npos)
    lines.refuse("text of the characters " + std::string(pen_characters()));
}

void scale_to_letters(PublishedPen& parts) {
  double way = 0, characters = 0;
  for (const PenText& pen : parts.training) {
    bool down = false;
    for (const PenPoint& point : pen.points) {
      if (down) way += std::hypot(point.dx, point.dy);
      down = !point.stroke_end;
    }
    characters += static_cast<double>(pen.text.size());
  }
  if (way == 0) return;
  const auto scale = static_cast<float>(kWayOfCharacter * characters / way);
  for (auto* part : {&parts.training, &parts.validation, &parts.test})
    for (PenText& pen : *part)
      for (PenPoint& point : pen.points) {
        point.dx *= scale;
        point.dy *= scale;
      }
}

}  // namespace mneme
