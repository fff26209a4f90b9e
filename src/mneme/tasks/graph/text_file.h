// Text files by lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mneme {

/// The lines of a file without their ends. Throws DataError when it cannot be read and UsageError when it
/// holds nothing but spaces.
std::vector<std::string> read_lines(const std::string& path);

std::string trimmed(std::string_view text);

/// The parts of a text between separators, trimmed.
std::vector<std::string> split(std::string_view text, std::string_view separator);

}  // namespace mneme
