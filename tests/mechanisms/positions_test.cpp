#include "mneme/mechanisms/positions.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

TEST(SinusoidalPositions, AreSinesAndCosinesOfGeometricRates) {
  // Width 4: rates 1 and 10000^(-1/2) = 0.01. float32 rounds at 6e-8.
  const auto rows = sinusoidal_positions(2, 2, 4);
  expect_near(rows,
              numbers({std::sin(2.0), std::sin(0.02), std::cos(2.0), std::cos(0.02), std::sin(3.0),
                       std::sin(0.03), std::cos(3.0), std::cos(0.03)},
                      {2, 4}),
              1e-7);
  EXPECT_TRUE(torch::equal(sinusoidal_positions(0, 9, 6).narrow(0, 5, 4), sinusoidal_positions(5, 4, 6)));
}

TEST(RotaryPositions, TurnPairsHalfTheWidthApart) {
  const auto states = numbers({1, 0, 0, 1}, {1, 1, 1, 4});  // pairs (1, 0) and (0, 1)
  expect_near(rotary_positions(states, 0), states, 0);
  expect_near(rotary_positions(states, 3),
              numbers({std::cos(3.0), -std::sin(0.03), std::sin(3.0), std::cos(0.03)}, {1, 1, 1, 4}), 1e-14);
}

TEST(RotaryPositions, KeepLengthsAndMakeProductsDependOnTheDistanceAlone) {
  const auto query = random_tensor({1, 2, 1, 6}, 1), key = random_tensor({1, 2, 1, 6}, 2);
  const auto product = [&](int64_t at, int64_t from) {
    return (rotary_positions(query, at, 100) * rotary_positions(key, from, 100)).sum(-1);
  };
  expect_near(product(7, 3), product(104, 100), 1e-13);
  EXPECT_GT((product(7, 3) - product(7, 4)).abs().max().item<double>(), 1e-3);
  expect_near(rotary_positions(query, 9).norm(2, -1), query.norm(2, -1), 1e-14);
}

TEST(RotaryPositions, HaveTheGradientsOfTheirEquations) {
  const TensorFunction turn = [](const Tensors& in) { return Tensors{rotary_positions(in[0], 5)}; };
  EXPECT_TRUE(gradient_matches(turn, {random_tensor({1, 2, 3, 4}, 1)}));
}

TEST(Positions, SayWhatDoesNotFit) {
  expect_error([] { sinusoidal_positions(0, 4, 5); },
               "sinusoidal_positions: width is 5, expected an even number");
  expect_error(
      [] {
        rotary_positions(torch::zeros({1, 1, 2, 3}), 0);
      },
      "rotary_positions: width is 3, expected an even number");
}

}  // namespace
}  // namespace mneme
