#include "mneme/tasks/text/passages.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "mneme/core/error.h"
#include "mneme/tasks/text/compressed_file.h"

namespace mneme {
namespace {

constexpr auto kBlanks = " \t\r";

std::string passage_text(const std::string& line, const std::string& place) {
  if (!line.starts_with('{')) return line;
  const auto object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  const auto text = object.is_object() ? object.find("text") : object.end();
  if (text == object.end() || !text->is_string())
    throw Error(place + ": `" + line.substr(0, 60) + "`, expected a JSON object with the passage as \"text\"");
  return text->get<std::string>();
}

}  // namespace

std::vector<Passage> read_passages(const std::string& file) {
  std::istringstream lines(read_unpacked(file));
  std::vector<Passage> passages;
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string place = file + ":" + std::to_string(++number);
    std::string text = passage_text(line, place);
    text.erase(text.find_last_not_of(kBlanks) + 1);
    text.erase(0, text.find_first_not_of(kBlanks));
    if (text.empty()) continue;
    const size_t blank = text.find_last_of(kBlanks);
    if (blank == std::string::npos)
      throw Error(place + ": the passage is `" + text.substr(0, 60) + "`, expected two words or more");
    const size_t end = text.find_last_not_of(kBlanks, blank) + 1;
    passages.push_back({text.substr(0, end), text.substr(blank + 1)});
  }
  if (passages.empty()) throw DataError(file + ": holds no passage, expected one a line");
  return passages;
}

}  // namespace mneme
