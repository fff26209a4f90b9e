#include <cstdlib>
#include <filesystem>
#include <map>

#include "mneme/core/error.h"
#include "mneme/tasks/pen/pen_scale.h"
#include "mneme/tasks/pen/published_pen.h"
#include "mneme/tasks/text/compressed_file.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kArchive = "gw_online_words.tar.xz";

bool is_word_file(const std::string& name) {
  return name.ends_with(".txt") && fs::path(name).filename() != "SOURCE.txt";
}

/// Name and text of each file, as they stand in the archive.
std::map<std::string, std::string> read_files(const fs::path& path) {
  if (fs::is_regular_file(path)) return read_tar(path, is_word_file);
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(path))
    if (entry.is_regular_file() && is_word_file(entry.path().string()))
      files[entry.path().string()] = read_unpacked(entry.path());
  return files;
}

fs::path find_data(const std::string& data) {
  const char* const environment = std::getenv("MNEME_DATA");
  const fs::path base = !data.empty() ? data : environment != nullptr ? environment : "";
  if (!base.empty())
    for (const fs::path& path : {base / kArchive, base / "gw_online" / kArchive, base / "gw_online", base})
      if (fs::exists(path) && (data == path || fs::is_regular_file(path) || path != base || !data.empty()))
        return path;
  throw DataError(
      "george-washington: no " + std::string(kArchive) + " in " +
      (base.empty() ? "task.data or MNEME_DATA, which are not set" : base.string()) +
      "; get the words from github.com/cwiep/gw-online-dataset and point task.data at the folder");
}

}  // namespace

PenText parse_george_washington(std::string_view text, const std::string& name) {
  LineReader lines(text, name);
  PenText word;
  if (!lines.next() || lines.line().empty()) lines.refuse("the word that is written");
  word.text = lines.line();
  check_characters(word.text, lines);
  double x = 0, y = 0;
  while (lines.next()) {
    if (lines.line().empty()) continue;
    const auto [to_x, to_y, up] = lines.numbers<3>("x y pen-up");
    if (up != 0 && up != 1) lines.refuse("x y pen-up, with pen-up 0 or 1");
    const bool start = word.points.empty();
    word.points.push_back({start ? 0 : static_cast<float>(to_x - x), start ? 0 : static_cast<float>(to_y - y),
                           up == 1, -1, false});
    x = to_x;
    y = to_y;
  }
  if (word.points.empty()) lines.refuse("a point, x y pen-up");
  word.points.back().stroke_end = true;
  return word;
}

PublishedPen read_george_washington(const std::string& data) {
  const fs::path path = find_data(data);
  std::map<std::string, std::vector<PenText>> pages;
  // Names begin with the time of writing, so that their order is that of the text.
  for (const auto& [name, text] : read_files(path))
    pages[fs::path(name).parent_path().filename().string()].push_back(parse_george_washington(text, name));
  if (pages.empty()) throw DataError("george-washington: " + path.string() + " holds no word");
  PublishedPen parts;
  for (size_t number = 0; auto& [page, words] : pages) {
    auto& part = number % 5 == 4 ? parts.test : number % 10 == 0 ? parts.validation : parts.training;
    for (PenText& word : words) part.push_back(std::move(word));
    ++number;
  }
  scale_to_letters(parts);
  return parts;
}

}  // namespace mneme
