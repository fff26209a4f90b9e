#include "mneme/training/event_file.h"

#include <array>
#include <bit>
#include <chrono>

namespace mneme {
namespace {

constexpr std::array<uint32_t, 256> crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    table[byte] = crc;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kCrcTable = crc_table();

/// A CRC over data that holds its own CRC is weak; TFRecord therefore rotates and shifts it.
uint32_t masked_crc(std::string_view bytes) {
  const uint32_t crc = crc32c(bytes);
  return std::rotr(crc, 15) + 0xa282ead8u;
}

template <class Word>
std::string little_endian(Word word) {
  std::string bytes;
  for (size_t i = 0; i < sizeof(Word); ++i) bytes += static_cast<char>((word >> (8 * i)) & 0xff);
  return bytes;
}

std::string varint(uint64_t number) {
  std::string bytes;
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>((number & 0x7f) | 0x80);
  return bytes + static_cast<char>(number);
}

// A protobuf field begins with its number and wire type: 0 varint, 1 eight bytes, 2 counted bytes, 5 four
// bytes.
std::string field_varint(int field, uint64_t number) {
  return varint(field << 3 | 0) + varint(number);
}
std::string field_double(int field, double number) {
  return varint(field << 3 | 1) + little_endian(std::bit_cast<uint64_t>(number));
}
std::string field_float(int field, float number) {
  return varint(field << 3 | 5) + little_endian(std::bit_cast<uint32_t>(number));
}
std::string field_bytes(int field, std::string_view bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  uint32_t crc = ~uint32_t{0};
  for (const char c : bytes) crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

std::string tfrecord(std::string_view data) {
  const std::string length = little_endian(uint64_t{data.size()});
  return length + little_endian(masked_crc(length)) + std::string(data) + little_endian(masked_crc(data));
}

std::string event_file_version(double wall_seconds) {
  return field_double(1, wall_seconds) + field_bytes(3, "brain.Event:2");
}

std::string event_message(double wall_seconds, int64_t step, const Scalars& scalars) {
  std::string summary;
  for (const auto& [tag, value] : scalars)
    summary += field_bytes(1, field_bytes(1, tag) + field_float(2, static_cast<float>(value)));
  return field_double(1, wall_seconds) + field_varint(2, static_cast<uint64_t>(step)) +
         field_bytes(5, summary);
}

EventFile::EventFile(const std::filesystem::path& file, int64_t length) : file_(file, length) {
  if (file_.length() == 0) file_.append(tfrecord(event_file_version(now())));
}

void EventFile::write(int64_t step, const Scalars& scalars) {
  file_.append(tfrecord(event_message(now(), step, scalars)));
}

}  // namespace mneme
