// How exact a fused path must be, for the tests of all models that have one.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mneme/core/random.h"
#include "mneme/kernels/path.h"

namespace mneme {

/// Results of one draw, in float64 whatever they were computed in.
using Named = std::vector<std::pair<std::string, at::Tensor>>;

/// A length for each sequence of a case, int64 [batch]; undefined where the case has all of them full.
template <class Case>
at::Tensor drawn_lengths(const Case& c, uint64_t seed) {
  if (!c.variable_lengths) return {};
  Random random(seed);
  auto lengths = torch::empty({c.batch}, torch::kLong);
  for (int64_t b = 0; b < c.batch; ++b) lengths[b] = random.integer(1, c.time);
  return lengths;
}

/// The error of each result of the fused path is at most twice that of the composite in the same dtype, both
/// against the composite in float64: two sums of the same numbers in different orders differ by as much as
/// either is off. Four units in the last place are for results where the composite is exact. Nothing more exact
/// than the composite in float64 is there to compare with: its own error is told from float32's by the ratio of
/// the two precisions, and comes on top.
///
/// A net in some states magnifies one rounding until it is all the error, and then the quotient of two errors
/// of one draw is luck. So a result is that of several nets and inputs together.
inline void expect_as_accurate_as_the_composite(
    const std::function<Named(Path path, at::ScalarType dtype, uint64_t seed)>& run) {
  constexpr double kSingle = std::numeric_limits<float>::epsilon();
  constexpr double kDouble = std::numeric_limits<double>::epsilon();
  constexpr uint64_t kDraws = 8;
  struct Squares {
    double value = 0, composite = 0, single = 0, twice = 0;  // summed over the draws
  };
  std::map<std::string, Squares> squares;
  const auto sum_of_squares = [](const at::Tensor& tensor) { return tensor.square().sum().item<double>(); };
  for (uint64_t seed = 1; seed <= kDraws; ++seed) {
    const auto exact = run(Path::composite, torch::kFloat64, seed);
    const auto composite = run(Path::composite, torch::kFloat32, seed);
    const auto single = run(Path::fused, torch::kFloat32, seed);
    const auto twice = run(Path::fused, torch::kFloat64, seed);
    for (size_t i = 0; i < exact.size(); ++i) {
      const auto& [name, value] = exact[i];
      const auto off = [&](const Named& results) { return sum_of_squares(results[i].second - value); };
      auto& sums = squares[name];
      sums.value += sum_of_squares(value);
      sums.composite += off(composite);
      sums.single += off(single);
      sums.twice += off(twice);
    }
  }
  for (const auto& [name, sums] : squares) {
    const double size = std::sqrt(sums.value), composite = std::sqrt(sums.composite);
    EXPECT_LE(std::sqrt(sums.single), 2 * composite + 4 * kSingle * size) << name << " in float32";
    EXPECT_LE(std::sqrt(sums.twice), 3 * composite * kDouble / kSingle + 4 * kDouble * size)
        << name << " in float64";
  }
}

}  // namespace mneme
