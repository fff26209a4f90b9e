// Characters of UTF-8 text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mneme {

struct Utf8Character {
  char32_t code = 0;
  int64_t bytes = 0;  ///< 1..4; 0: what stands there is not UTF-8
};

/// The character at the front of `text`, which is not empty. Overlong forms, surrogates and codes above
/// 10FFFF are not UTF-8.
Utf8Character first_character(std::string_view text);

/// The offset of the first byte that is not UTF-8; npos when all is.
size_t first_undecodable(std::string_view text);

/// Throws Error, `<name>: byte 0xff at offset 17 is not UTF-8`.
void require_utf8(const std::string& name, std::string_view text);

}  // namespace mneme
