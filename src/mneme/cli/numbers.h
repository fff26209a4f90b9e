// Numbers and names of figures as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace mneme {

std::string count_text(int64_t count);      ///< "12,500"
std::string duration_text(double seconds);  ///< "0:42", "3:07", "1:02:33"
std::string spoken(std::string name);       ///< "bits_per_sequence" → "bits per sequence"

}  // namespace mneme
