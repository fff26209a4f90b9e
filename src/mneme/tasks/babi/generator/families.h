// The generators, a family of tasks each. `difficulty` is within 0 and 1.
#pragma once

#include <cstdint>
#include <string>

#include "mneme/core/random.h"

namespace mneme {

std::string generate_people(int64_t task, double difficulty, Random& random);  ///< 1, 9 to 13
std::string generate_things(int64_t task, double difficulty, Random& random);  ///< 2, 3, 5 to 8
std::string generate_times(double difficulty, Random& random);                 ///< 14
std::string generate_directions(Random& random);                               ///< 4
std::string generate_positions(double difficulty, Random& random);             ///< 17
std::string generate_sizes(double difficulty, Random& random);                 ///< 18
std::string generate_paths(double difficulty, Random& random);                 ///< 19
std::string generate_deductions(double difficulty, Random& random);            ///< 15
std::string generate_inductions(double difficulty, Random& random);            ///< 16
std::string generate_motives(double difficulty, Random& random);               ///< 20

}  // namespace mneme
