#include "mneme/core/checksum.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace mneme {
namespace {

// The definition, a bit at a time.
uint64_t bitwise_crc64(const std::string& bytes) {
  uint64_t remainder = ~uint64_t{0};
  for (const unsigned char byte : bytes) {
    remainder ^= byte;
    for (int bit = 0; bit < 8; ++bit)
      remainder = (remainder >> 1) ^ (remainder & 1 ? 0xc96c5795d7870f42u : 0);
  }
  return ~remainder;
}

TEST(Checksum, HasTheCheckValuesOfCrc64Xz) {
  EXPECT_EQ(crc64("", 0), 0u);
  EXPECT_EQ(crc64("123456789", 9), 0x995dc9bbdf1939fau);  // the catalogue's check value
  EXPECT_EQ(crc64("The quick brown fox jumps over the lazy dog", 43), 0x5b5eb8c2e54aa1c4u);
}

RC_GTEST_PROP(Checksum, AgreesWithItsDefinitionAtEveryLengthAndCut, (const std::string& bytes)) {
  const std::string longer = bytes + bytes + bytes;
  const auto cut = *rc::gen::inRange<size_t>(0, longer.size() + 1);
  RC_ASSERT(crc64(longer.data(), longer.size()) == bitwise_crc64(longer));
  RC_ASSERT(crc64(longer.data() + cut, longer.size() - cut, crc64(longer.data(), cut)) ==
            bitwise_crc64(longer));
}

}  // namespace
}  // namespace mneme
