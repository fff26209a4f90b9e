#include "mneme/training/checkpoint_folder.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "mneme/core/error.h"

namespace mneme {
namespace {

constexpr const char* kManifest = "manifest.json";
constexpr int kVersion = 1;

nlohmann::ordered_json to_json(const CheckpointEntry& entry) {
  return {{"file", entry.file}, {"update", entry.update}, {"bytes", entry.bytes}};
}

CheckpointEntry entry_from_json(const nlohmann::json& json) {
  return {json.at("file"), json.at("update"), json.at("bytes"), json.value("score", 0.0)};
}

}  // namespace

CheckpointFolder::CheckpointFolder(const std::filesystem::path& run_folder)
    : folder_(run_folder / "checkpoints") {
  const auto file = folder_ / kManifest;
  if (!std::filesystem::exists(file)) return;
  try {
    std::ifstream stream(file, std::ios::binary);
    const auto json = nlohmann::json::parse(stream);
    const int version = json.at("version");
    if (version != kVersion)
      throw Error(file.string() + ": version " + std::to_string(version) + ", expected " +
                  std::to_string(kVersion));
    for (const auto& entry : json.at("latest")) manifest_.latest.push_back(entry_from_json(entry));
    if (json.contains("best")) manifest_.best = entry_from_json(json.at("best"));
  } catch (const nlohmann::json::exception& error) {
    throw Error(file.string() + ": the manifest is damaged: " + error.what());
  }
}

Archive CheckpointFolder::read(const CheckpointEntry& entry) const {
  const auto path = path_of(entry);
  std::error_code problem;
  const auto bytes = std::filesystem::file_size(path, problem);
  if (problem) throw Error(path.string() + ": " + problem.message());
  if (static_cast<int64_t>(bytes) != entry.bytes)
    throw Error(path.string() + ": " + std::to_string(bytes) + " bytes, expected " +
                std::to_string(entry.bytes));
  return read_archive(path);
}

void CheckpointFolder::write_latest(int64_t update, const Archive& archive, int64_t keep) {
  const auto entry = write("update-" + std::to_string(update) + ".safetensors", update, archive);
  std::erase_if(manifest_.latest, [&](const CheckpointEntry& old) { return old.update >= update; });
  manifest_.latest.push_back(entry);
  while (static_cast<int64_t>(manifest_.latest.size()) > keep)
    manifest_.latest.erase(manifest_.latest.begin());
  write_manifest();
}

void CheckpointFolder::write_best(int64_t update, double score, const Archive& archive) {
  manifest_.best = write("best-" + std::to_string(update) + ".safetensors", update, archive);
  manifest_.best->score = score;
  write_manifest();
}

void CheckpointFolder::clear() {
  std::filesystem::remove_all(folder_);
  manifest_ = {};
}

CheckpointEntry CheckpointFolder::write(const std::string& file, int64_t update,
                                        const Archive& archive) const {
  std::filesystem::create_directories(folder_);
  write_archive(folder_ / file, archive);
  return {file, update, static_cast<int64_t>(std::filesystem::file_size(folder_ / file)), 0};
}

void CheckpointFolder::write_manifest() {
  nlohmann::ordered_json json{{"version", kVersion}, {"latest", nlohmann::ordered_json::array()}};
  std::set<std::string> named{kManifest};
  for (const auto& entry : manifest_.latest) {
    json["latest"].push_back(to_json(entry));
    named.insert(entry.file);
  }
  if (manifest_.best) {
    json["best"] = to_json(*manifest_.best);
    json["best"]["score"] = manifest_.best->score;
    named.insert(manifest_.best->file);
  }
  write_file(folder_ / kManifest, json.dump(2) + "\n");
  for (const auto& file : std::filesystem::directory_iterator(folder_))
    if (!named.contains(file.path().filename().string())) std::filesystem::remove(file.path());
}

}  // namespace mneme
