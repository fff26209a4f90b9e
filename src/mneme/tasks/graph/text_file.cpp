#include "mneme/tasks/graph/text_file.h"

#include <algorithm>
#include <fstream>

#include "mneme/core/error.h"

namespace mneme {

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
  }
  if (lines.empty() && !stream.eof()) throw DataError(path + " cannot be read");
  if (std::ranges::all_of(lines, [](const auto& line) { return trimmed(line).empty(); }))
    throw UsageError(path + ":1: the file is empty");
  return lines;
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t";
  const size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(kSpaces) - first + 1));
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  size_t start = 0;
  for (size_t end = text.find(separator); end != std::string_view::npos;
       start = end + separator.size(), end = text.find(separator, start))
    parts.push_back(trimmed(text.substr(start, end - start)));
  parts.push_back(trimmed(text.substr(start)));
  return parts;
}

}  // namespace mneme
