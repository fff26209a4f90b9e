// A checksum of 64 bits for data on disk.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mneme {

/// CRC-64/XZ: the ECMA-182 polynomial, bits reflected, all ones before and after. It finds every damage that
/// spans at most 64 bits, and misses any other with probability 2^-64. `before` is the checksum of what
/// came before these bytes: crc64(ab) = crc64(b, crc64(a)).
uint64_t crc64(const void* bytes, size_t size, uint64_t before = 0);

}  // namespace mneme
