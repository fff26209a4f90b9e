#include "mneme/training/model_files.h"

#include <cinttypes>
#include <cstdio>

#include "mneme/core/checksum.h"
#include "mneme/core/error.h"

namespace mneme {
namespace {

constexpr auto kFolder = "task";
const std::string kNoted = "task.";  // what the names of notes begin with

std::string checksum_text(const std::string& bytes) {
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, crc64(bytes.data(), bytes.size()));
  return text;
}

}  // namespace

ModelFiles read_model_files(const std::filesystem::path& folder) {
  ModelFiles files;
  if (!std::filesystem::is_directory(folder / kFolder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder / kFolder)) {
    if (!entry.is_regular_file() || entry.path().extension() == ".partial") continue;
    InputFile file(entry.path());
    std::string bytes(file.size(), '\0');
    file.read(bytes.data(), bytes.size());
    files[entry.path().filename().string()] = std::move(bytes);
  }
  return files;
}

void write_model_files(const std::filesystem::path& folder, const ModelFiles& files) {
  if (!files.empty()) std::filesystem::create_directories(folder / kFolder);
  for (const auto& [name, bytes] : files) write_file(folder / kFolder / name, bytes);
}

void note_model_files(Archive& archive, const ModelFiles& files) {
  for (const auto& [name, bytes] : files) archive.metadata[kNoted + name] = checksum_text(bytes);
}

void require_model_files(const Archive& archive, const std::filesystem::path& parameters,
                         const ModelFiles& files, const std::filesystem::path& folder) {
  for (const auto& [name, bytes] : files) {
    const auto noted = archive.metadata.find(kNoted + name);
    if (noted == archive.metadata.end() || noted->second == checksum_text(bytes)) continue;
    throw Error((folder / kFolder / name).string() + " does not belong to " + parameters.string() +
                ": its checksum is " + checksum_text(bytes) + ", expected " + noted->second);
  }
}

}  // namespace mneme
