// Files that are written whole or not at all, and read with their size checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mneme {

/// Writes the text to `<path>.partial`, syncs it, renames it to `path` and syncs the folder: a reader sees
/// the old file or the new one, never a part. When two processes write the same path, one waits for the
/// other. A link is followed. Throws Error (disk full, no permission, not a regular file) and leaves the
/// old file as it was.
void write_file(const std::filesystem::path& path, std::string_view text);

/// The same for a file that lies in memory in several parts.
void write_file(const std::filesystem::path& path, const std::vector<std::string_view>& parts);

/// A regular file, open for reading. Throws Error that names it.
class InputFile {
 public:
  explicit InputFile(std::filesystem::path path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  uint64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }

  /// The next `size` bytes. Throws Error when the file ends before.
  void read(void* bytes, uint64_t size);

 private:
  std::filesystem::path path_;
  int descriptor_;
  uint64_t size_ = 0;
};

}  // namespace mneme
