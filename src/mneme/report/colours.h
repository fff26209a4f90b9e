// Colour scales whose steps look equally large, in grey and to colour-blind eyes too.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace mneme {

struct Colour {
  uint8_t red = 0, green = 0, blue = 0;
  std::string hex() const;  ///< "#440154"
};

using Ramp = std::array<Colour, 256>;

/// For weights and probabilities, low to high: viridis (van der Walt and Smith 2015) through ten of its
/// colours, joined in Oklab (Ottosson 2020).
const Ramp& sequential_ramp();

/// For signed values: blue below zero, orange above, and zero light: equally dark at both ends.
const Ramp& diverging_ramp();

/// The same for dark paper: zero dark, equally light at both ends.
const Ramp& diverging_dark_ramp();

}  // namespace mneme
