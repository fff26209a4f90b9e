// Which known words a misspelt one may have meant.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mneme {

/// The known words that are near by edit distance, at most `count` of them, the nearest first.
std::vector<std::string> nearest_words(std::string_view word, const std::vector<std::string>& known,
                                       size_t count);

}  // namespace mneme
