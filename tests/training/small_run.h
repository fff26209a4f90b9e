// A run that is small enough to be trained many times in a test, and folders for it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mneme/training/recipe.h"
#include "mneme/training/trainer.h"

namespace mneme::test {

/// A new empty folder, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  /// Writes a file and returns its path.
  std::filesystem::path write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::filesystem::path& file);

/// An LSTM of 8 units on copy with 2 bits and lengths 1 to 4, 60 updates of 4 sequences, a validation every
/// 10 and no checkpoint but the last; changed by `overrides`.
Recipe small_recipe(const std::vector<std::string>& overrides = {});

/// metrics.jsonl without what depends on the clock (seconds and rates).
std::string timeless_metrics(const std::filesystem::path& run_folder);

/// Whether the latest checkpoints hold the same tensors, bit for bit, and the same state but for the clock.
/// The differences in words; empty when there are none.
std::string checkpoint_differences(const std::filesystem::path& run_folder,
                                   const std::filesystem::path& other);

}  // namespace mneme::test
