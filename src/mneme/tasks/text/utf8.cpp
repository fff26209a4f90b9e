#include "mneme/tasks/text/utf8.h"

#include <cstdio>

#include "mneme/core/error.h"

namespace mneme {

Utf8Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  const int64_t bytes = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (bytes == 0 || text.size() < static_cast<size_t>(bytes)) return {};
  char32_t code = lead & (0x7f >> bytes);
  for (int64_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[static_cast<size_t>(i)]);
    if ((next & 0xc0) != 0x80) return {};
    code = code << 6 | (next & 0x3f);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (overlong || surrogate || code > 0x10ffff) return {};
  return {code, bytes};
}

size_t first_undecodable(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto character = first_character(text.substr(at));
    if (character.bytes == 0) return at;
    at += static_cast<size_t>(character.bytes);
  }
  return std::string_view::npos;
}

void require_utf8(const std::string& name, std::string_view text) {
  const size_t at = first_undecodable(text);
  if (at == std::string_view::npos) return;
  char byte[8];
  std::snprintf(byte, sizeof byte, "0x%02x", static_cast<unsigned char>(text[at]));
  throw Error(name + ": byte " + byte + " at offset " + std::to_string(at) + " is not UTF-8");
}

}  // namespace mneme
