// TensorBoard event files: TFRecord framing around hand-encoded Event messages with scalar summaries
// (tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mneme/training/append_file.h"

namespace mneme {

using Scalars = std::vector<std::pair<std::string, double>>;

/// CRC-32C (Castagnoli).
uint32_t crc32c(std::string_view bytes);

/// One record: length, masked CRC of the length, data, masked CRC of the data; little-endian.
std::string tfrecord(std::string_view data);

/// The Event message that opens every file.
std::string event_file_version(double wall_seconds);
/// An Event message with scalars, stored as float32. `wall_seconds` since 1970.
std::string event_message(double wall_seconds, int64_t step, const Scalars& scalars);

class EventFile {
 public:
  /// Opens `file`, keeping its first `length` bytes, or begins it. Throws Error.
  EventFile(const std::filesystem::path& file, int64_t length);

  void write(int64_t step, const Scalars& scalars);
  AppendFile& file() { return file_; }

 private:
  AppendFile file_;
};

}  // namespace mneme
