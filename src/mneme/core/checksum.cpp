#include "mneme/core/checksum.h"

#include <array>
#include <bit>
#include <cstring>

namespace mneme {
namespace {

constexpr uint64_t kReflectedPolynomial = 0xc96c5795d7870f42u;
constexpr size_t kSlices = 16;
using Tables = std::array<std::array<uint64_t, 256>, kSlices>;

// tables[k][byte] is the remainder of `byte` followed by k zero bytes, so 16 bytes are reduced by 16
// independent look-ups ("slicing", Kounavis and Berry 2005).
constexpr Tables make_tables() {
  Tables tables{};
  for (size_t byte = 0; byte < 256; ++byte) {
    uint64_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit)
      remainder = (remainder >> 1) ^ (remainder & 1 ? kReflectedPolynomial : 0);
    tables[0][byte] = remainder;
  }
  for (size_t slice = 1; slice < kSlices; ++slice)
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint64_t shorter = tables[slice - 1][byte];
      tables[slice][byte] = (shorter >> 8) ^ tables[0][shorter & 255];
    }
  return tables;
}

constexpr Tables kTables = make_tables();

uint64_t reduce(uint64_t word, size_t first_slice) {
  uint64_t remainder = 0;
  for (size_t i = 0; i < 8; ++i) remainder ^= kTables[first_slice - i][(word >> (8 * i)) & 255];
  return remainder;
}

}  // namespace

uint64_t crc64(const void* bytes, size_t size, uint64_t before) {
  static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");
  const auto* next = static_cast<const unsigned char*>(bytes);
  uint64_t remainder = ~before;
  for (; size >= kSlices; size -= kSlices, next += kSlices) {
    uint64_t low, high;
    std::memcpy(&low, next, sizeof low);
    std::memcpy(&high, next + sizeof low, sizeof high);
    remainder = reduce(low ^ remainder, 15) ^ reduce(high, 7);
  }
  for (; size > 0; --size, ++next) remainder = (remainder >> 8) ^ kTables[0][(remainder ^ *next) & 255];
  return ~remainder;
}

}  // namespace mneme
