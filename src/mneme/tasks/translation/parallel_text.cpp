#include "mneme/tasks/translation/parallel_text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "mneme/core/checksum.h"
#include "mneme/core/error.h"
#include "mneme/tasks/text/compressed_file.h"
#include "mneme/tasks/text/utf8.h"

namespace mneme {
namespace fs = std::filesystem;
namespace {

constexpr std::array kPackings{"", ".gz", ".xz"};

fs::path data_folder(const std::string& given) {
  if (!given.empty()) return given;
  if (const char* folder = std::getenv("MNEME_DATA"); folder != nullptr && *folder != '\0') return folder;
  throw DataError(
      "translation: no folder of texts is known; point the environment's MNEME_DATA or the option task.data "
      "at it");
}

/// The corpus below the folder, or the folder itself where it holds no such thing.
fs::path corpus_place(const ParallelTextPlace& place) {
  const fs::path folder = data_folder(place.data);
  if (const fs::path corpus = folder / place.corpus; fs::exists(corpus)) return corpus;
  if (fs::is_directory(folder)) return folder;
  throw DataError(
      "translation: neither " + (folder / place.corpus).string() + " nor " + folder.string() +
      " is there; point the environment's MNEME_DATA or the option task.data at the folder that holds " +
      place.corpus);
}

std::vector<std::string> lines_of(const std::string& name, const std::string& text) {
  require_utf8(name, text);
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(std::move(line));
  }
  if (lines.empty()) throw Error(name + ": the file is empty, expected a sentence a line");
  return lines;
}

struct NamedLines {
  std::string name;
  std::vector<std::string> lines;
};

NamedLines read_side(const fs::path& prefix, const std::string& language) {
  for (const auto& packing : kPackings) {
    const fs::path path = prefix.string() + "." + language + packing;
    if (fs::exists(path)) return {path.string(), lines_of(path.string(), read_unpacked(path))};
  }
  throw DataError("translation: " + prefix.string() + "." + language +
                  " is not there, nor with .gz or .xz; " +
                  "point MNEME_DATA or task.data at the folder of the corpus");
}

ParallelText read_pair_of_files(const fs::path& prefix, const ParallelTextPlace& place) {
  NamedLines source = read_side(prefix, place.source), target = read_side(prefix, place.target);
  if (source.lines.size() != target.lines.size())
    throw Error(source.name + " has " + std::to_string(source.lines.size()) + " lines and " + target.name +
                " " + std::to_string(target.lines.size()) + ", expected as many: line " +
                std::to_string(std::min(source.lines.size(), target.lines.size()) + 1) +
                " is the first without a translation");
  ParallelText text{source.name, {}};
  for (size_t i = 0; i < source.lines.size(); ++i)
    if (!source.lines[i].empty() && !target.lines[i].empty())
      text.pairs.push_back({std::move(source.lines[i]), std::move(target.lines[i])});
  return text;
}

bool holds_pairs(const std::string& file) {
  return (file.ends_with(".txt") || file.ends_with(".tsv")) &&
         !fs::path(file).filename().string().starts_with('_');
}

NamedLines read_file_of_pairs(const fs::path& path) {
  if (path.extension() != ".zip") return {path.string(), lines_of(path.string(), read_unpacked(path))};
  const auto files = read_zip(path, holds_pairs);
  if (files.size() != 1)
    throw Error(path.string() + " holds " + std::to_string(files.size()) +
                " files that end in .txt or .tsv, expected one");
  const std::string name = path.string() + ": " + files.begin()->first;
  return {name, lines_of(name, files.begin()->second)};
}

Part part_of(const std::string& sentence) {
  const uint64_t hundredth = crc64(sentence.data(), sentence.size()) % 100;
  return hundredth == 0 ? Part::test : hundredth == 1 ? Part::validation : Part::training;
}

ParallelText read_pairs(const fs::path& path, const ParallelTextPlace& place, Part part) {
  const std::string straight = place.source + " " + place.target, reverse = place.target + " " + place.source;
  if (place.columns != straight && place.columns != reverse)
    throw UsageError("translation: task.columns is \"" + place.columns + "\", expected \"" + straight +
                     "\" or \"" + reverse +
                     "\": the languages of task.source and task.target as the columns of " + path.string() +
                     " hold them");
  NamedLines file = read_file_of_pairs(path);
  ParallelText text{file.name, {}};
  for (size_t i = 0; i < file.lines.size(); ++i) {
    const std::string& line = file.lines[i];
    const size_t tab = line.find('\t');
    if (tab == std::string::npos)
      throw Error(file.name + ":" + std::to_string(i + 1) +
                  ": no tab, expected a sentence, a tab and its translation");
    std::string first = line.substr(0, tab),
                second = line.substr(tab + 1, line.find('\t', tab + 1) - tab - 1);
    if (first.empty() || second.empty() || part_of(first) != part) continue;
    if (place.columns == reverse) std::swap(first, second);
    text.pairs.push_back({std::move(first), std::move(second)});
  }
  return text;
}

}  // namespace

ParallelText read_parallel_text(const ParallelTextPlace& place, const std::vector<std::string>& names,
                                Part part) {
  const fs::path corpus = corpus_place(place);
  ParallelText text = fs::is_directory(corpus)
                          ? read_pair_of_files(corpus / names.at(static_cast<size_t>(part)), place)
                          : read_pairs(corpus, place, part);
  if (text.pairs.empty()) throw Error(text.name + ": no pair of sentences is in it");
  return text;
}

}  // namespace mneme
