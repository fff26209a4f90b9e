#include "mneme/core/figure_text.h"

#include <cmath>
#include <cstdio>

namespace mneme {

std::string figure_text(double value) {
  const bool large = std::abs(value) >= 1e4 && std::abs(value) < 1e9;
  char text[32];
  std::snprintf(text, sizeof text, large ? "%.0f" : "%.4g", value);
  return text;
}

}  // namespace mneme
