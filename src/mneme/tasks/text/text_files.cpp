#include "mneme/tasks/text/text_files.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "mneme/core/error.h"
#include "mneme/tasks/text/compressed_file.h"

namespace mneme {
namespace fs = std::filesystem;
namespace {

constexpr auto kHowToGiveText =
    "Give a file, a folder or a tar archive of .txt files as task.text, or point the environment's "
    "MNEME_DATA (or "
    "task.data) at the folder that holds tinyshakespeare/input.txt, wikitext2/wikitext-2.tar.xz or "
    "gutenberg/*.tar.xz";

[[noreturn]] void missing(const std::string& what) {
  throw DataError("text: " + what + ".\n" + kHowToGiveText);
}

bool is_archive(const std::string& name) {
  return name.ends_with(".tar") || name.ends_with(".tar.xz") || name.ends_with(".tar.gz");
}

/// Without what stands before "*** START OF …" and from "*** END OF …" on, where the book has both.
std::string without_licence(const std::string& book) {
  const size_t start = book.find("*** START OF");
  const size_t end = book.find("*** END OF");
  if (start == std::string::npos || end == std::string::npos || end < start) return book;
  const size_t line = book.find('\n', start);
  if (line == std::string::npos || line > end) return book;
  return book.substr(line + 1, end - line - 1);
}

/// "\r\n" as "\n".
std::string with_plain_lines(std::string text) {
  size_t kept = 0;
  for (size_t i = 0; i < text.size(); ++i)
    if (!(text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n')) text[kept++] = text[i];
  text.resize(kept);
  return text;
}

std::string all_of(const std::map<std::string, std::string>& files) {
  std::string text;
  for (const auto& [name, book] : files) text += with_plain_lines(without_licence(book));
  return text;
}

std::string text_in(const fs::path& path) {
  const auto is_text = [](const std::string& name) { return name.ends_with(".txt"); };
  if (fs::is_directory(path)) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(path))
      if (is_text(entry.path().string())) files[entry.path().string()] = read_unpacked(entry.path());
    if (files.empty()) missing("no .txt file in " + path.string());
    return all_of(files);
  }
  if (is_archive(path.string())) {
    const auto files = read_tar(path, is_text);
    if (files.empty()) missing("no .txt file in " + path.string());
    return all_of(files);
  }
  return read_unpacked(path);
}

TextParts split(std::string text, const std::string& name, double held_out_percent) {
  auto training =
      static_cast<size_t>(std::floor(static_cast<double>(text.size()) * (1 - held_out_percent / 100)));
  while (training < text.size() && (static_cast<unsigned char>(text[training]) & 0xc0) == 0x80) ++training;
  return {text.substr(0, training), text.substr(training), name};
}

TextParts wikitext(const fs::path& archive) {
  const auto files = read_tar(archive, [](const std::string& name) { return name.ends_with(".tokens"); });
  TextParts parts{"", "", archive.string()};
  for (const auto& [name, text] : files)
    (name.find("train") != std::string::npos ? parts.training : parts.held_out) += text;
  if (parts.training.empty() || parts.held_out.empty())
    missing(archive.string() + " lacks wiki.train.tokens or wiki.valid.tokens and wiki.test.tokens");
  return parts;
}

}  // namespace

std::string text_data_folder(const std::string& given) {
  const char* const environment = std::getenv("MNEME_DATA");
  return !given.empty() ? given : environment != nullptr ? environment : "";
}

TextParts read_text(const std::string& text, const std::string& data, double held_out_percent) {
  const std::map<std::string, std::string> collections = {{"tinyshakespeare", "tinyshakespeare/input.txt"},
                                                          {"wikitext2", "wikitext2/wikitext-2.tar.xz"},
                                                          {"gutenberg", "gutenberg/gutenberg28.tar.xz"}};
  const auto collection = collections.find(text);
  if (collection == collections.end()) {
    if (!fs::exists(text)) missing("task.text is " + text + ", which is not there");
    return split(text_in(text), text, held_out_percent);
  }
  const std::string folder = text_data_folder(data);
  if (folder.empty())
    missing("no data folder for " + text + ": neither task.data nor the environment's MNEME_DATA is set");
  const fs::path path = fs::path(folder) / collection->second;
  if (!fs::exists(path)) missing("no " + path.string());
  if (text == "wikitext2") return wikitext(path);
  return split(text_in(path), path.string(), held_out_percent);
}

}  // namespace mneme
