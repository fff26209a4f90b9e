// Sums of numbers that are kept as logarithms.
#pragma once

#include <cmath>
#include <utility>

namespace mneme {

/// log(exp(a) + exp(b)); minus infinity is the logarithm of 0.
inline double log_sum(double a, double b) {
  if (a < b) std::swap(a, b);
  return std::isinf(a) || std::isinf(b) ? a : a + std::log1p(std::exp(b - a));
}

}  // namespace mneme
