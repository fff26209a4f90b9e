// Tensors on disk in the safetensors format, with a checksum for every tensor and for the header. Files
// written here open in every safetensors reader; the checksums live in its metadata table.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

namespace mneme {

struct Archive {
  std::map<std::string, at::Tensor> tensors;    ///< contiguous, on the CPU
  std::map<std::string, std::string> metadata;  ///< the user's own entries
};

/// Writes beside the target, syncs file and folder, then renames: a reader sees the old file or the new
/// one, never a part. The same archive gives the same bytes. Throws Error (disk full, no permission) and
/// leaves the old file as it was.
void write_archive(const std::filesystem::path& path, const Archive& archive);

enum class Checksums { required, optional };

/// Checks every size against the file's length before it allocates, and every checksum. A file of another
/// program has none: read it with Checksums::optional. Throws Error naming the file and what is wrong.
Archive read_archive(const std::filesystem::path& path, Checksums checksums = Checksums::required);

/// Writes a text file in the same careful way.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace mneme
