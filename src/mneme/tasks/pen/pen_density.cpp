#include "mneme/tasks/pen/pen_density.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "mneme/tasks/log_sum.h"

namespace mneme {

double point_nats(const float* raw, int64_t mixtures, const float* point) {
  const auto part = [&](int64_t which, int64_t j) { return static_cast<double>(raw[1 + which * mixtures + j]); };
  double all_weights = -HUGE_VAL, weighted = -HUGE_VAL;  // logarithms of sums
  for (int64_t j = 0; j < mixtures; ++j) {
    const double log_weight = part(0, j), log_x = part(3, j), log_y = part(4, j), turn = part(5, j);
    const double z_x = (static_cast<double>(point[0]) - part(1, j)) * std::exp(-log_x);
    const double z_y = (static_cast<double>(point[1]) - part(2, j)) * std::exp(-log_y);
    const double log_rest = -2 * std::log(std::cosh(std::clamp(turn, -300.0, 300.0)));  // log(1 - ρ²)
    const double across = z_x - std::tanh(turn) * z_y;
    const double log_density = -std::log(2 * std::numbers::pi) - log_x - log_y - log_rest / 2 -
                               (across * across * std::exp(-log_rest) + z_y * z_y) / 2;
    all_weights = log_sum(all_weights, log_weight);
    weighted = log_sum(weighted, log_weight + log_density);
  }
  const double end = static_cast<double>(raw[0]);
  return all_weights - weighted + log_sum(0, point[2] > 0.5f ? end : -end);
}

}  // namespace mneme
