// A file that grows during a run and is cut back to a checkpoint's length when the run is resumed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace mneme {

class AppendFile {
 public:
  /// Opens `path`, keeping its first `length` bytes, or makes it. Throws Error.
  AppendFile(std::filesystem::path path, int64_t length);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// Throws Error when the bytes cannot be written in full (disk full).
  void append(std::string_view bytes);
  /// Until here the bytes outlive a crash of the program; after this also one of the machine.
  void sync();

  int64_t length() const { return length_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int file_ = -1;
  int64_t length_ = 0;
};

}  // namespace mneme
