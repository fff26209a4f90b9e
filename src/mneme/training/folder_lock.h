// One process at a time trains in a run's folder: two would write over each other's checkpoints and metrics.
#pragma once

#include <filesystem>

namespace mneme {

/// Held while it lives, and let go by the system when the process dies, however it dies. Leaves no file.
class FolderLock {
 public:
  /// Throws Error when another process holds it, or when the folder cannot be opened.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int folder_;
};

}  // namespace mneme
