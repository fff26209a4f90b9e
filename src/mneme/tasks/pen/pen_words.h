// English to be written: common words, and sentences made of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mneme/core/random.h"

namespace mneme {

/// Common words, small letters only, the more frequent first.
const std::vector<std::string_view>& common_words();

/// A word, as it might stand in a text: mostly a common one, now and then with a capital or punctuation, a number,
/// or a made-up one, so that no letter is rare.
std::string draw_word(Random& random);

/// A piece of a sentence of at least one word and at most `longest` characters (at least 12).
std::string draw_line(int64_t longest, Random& random);

}  // namespace mneme
