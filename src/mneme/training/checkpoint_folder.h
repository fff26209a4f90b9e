// The checkpoints/ folder of a run. An archive is written whole under its own name first, then the manifest
// that names it, then what the manifest no longer names is removed: whenever the program or the machine
// stops, the manifest names whole files only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mneme/core/safetensors.h"

namespace mneme {

struct CheckpointEntry {
  std::string file;  ///< in the folder: "update-1200.safetensors"
  int64_t update = 0;
  int64_t bytes = 0;
  double score = 0;  ///< validated headline; of the best only
};

struct CheckpointManifest {
  std::vector<CheckpointEntry> latest;  ///< oldest first
  std::optional<CheckpointEntry> best;
};

class CheckpointFolder {
 public:
  /// `run_folder`/checkpoints; need not exist. Throws Error when its manifest is damaged.
  explicit CheckpointFolder(const std::filesystem::path& run_folder);

  const CheckpointManifest& manifest() const { return manifest_; }
  std::filesystem::path path_of(const CheckpointEntry& entry) const { return folder_ / entry.file; }

  /// Throws Error when the file is damaged or has another size than the manifest says.
  Archive read(const CheckpointEntry& entry) const;

  /// Keeps the last `keep`. Throws Error (disk full); what was there stays usable.
  void write_latest(int64_t update, const Archive& archive, int64_t keep);
  void write_best(int64_t update, double score, const Archive& archive);

  /// Forgets the checkpoints of a run that begins anew.
  void clear();

 private:
  CheckpointEntry write(const std::string& file, int64_t update, const Archive& archive) const;
  void write_manifest();

  std::filesystem::path folder_;
  CheckpointManifest manifest_;
};

}  // namespace mneme
