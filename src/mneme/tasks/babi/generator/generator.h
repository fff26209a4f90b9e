// Makes up bAbI stories like the published ones, endlessly: the same people, places, things, sentences and
// questions, in the published format, with supporting facts.
#pragma once

#include <cstdint>
#include <string>

#include "mneme/core/random.h"

namespace mneme {

/// A story of `task` (1 to 20) as the lines of a file. At difficulty 1 it is like the published ones; towards
/// 0 there are fewer questions, and fewer people, places, things and facts that only distract. Throws Error
/// for other tasks or difficulties.
std::string generate_story(int64_t task, double difficulty, Random& random);

}  // namespace mneme
