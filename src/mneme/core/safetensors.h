// Tensors on disk in the safetensors format (huggingface.co/docs/safetensors), with a checksum for every
// tensor and for the header. Files written here open in every safetensors reader.
//
// A file is: the header's length N (8 bytes, little-endian), N bytes of JSON, the tensors' bytes. We write
//
//   {"__metadata__": {"mneme.checksum": "<header>", "mneme.checksum.weight": "<tensor>", …, user entries},
//    "weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
//
// where a checksum is CRC-64/XZ in 16 hexadecimal digits; the header's covers the length and the JSON, read
// with its own 16 digits as zeros. It stands first, at a fixed place, and is checked before any parsing.
// Tensors lie in the order of their element size (largest first) and then of their names, without gaps.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

#include "mneme/core/file.h"

namespace mneme {

struct Archive {
  std::map<std::string, at::Tensor> tensors;    ///< contiguous, on the CPU
  std::map<std::string, std::string> metadata;  ///< the user's own entries
};

/// Writes as write_file does: a reader sees the old file or the new one, never a part. The same archive
/// gives the same bytes. Tensors may be strided or on another device. Dtypes: float64, float32, float16,
/// bfloat16, int64, int32, int16, int8, uint8, bool. Throws Error (disk full, no permission, a tensor that
/// is undefined or of another dtype, a metadata key that begins with "mneme.checksum", text that is not
/// UTF-8) and leaves the old file as it was.
void write_archive(const std::filesystem::path& path, const Archive& archive);

enum class Checksums { required, optional };

/// Checks every size against the file's length before it allocates, and every checksum. A file of another
/// program has none: read it with Checksums::optional. Throws Error naming the file and what is wrong.
Archive read_archive(const std::filesystem::path& path, Checksums checksums = Checksums::required);

}  // namespace mneme
