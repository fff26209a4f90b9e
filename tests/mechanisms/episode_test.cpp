#include "mneme/mechanisms/episode.h"

#include <cmath>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

TEST(Episode, ComparesFactsWithQuestionAndMemory) {
  const auto compared =
      fact_comparisons(numbers({1, -2}, {1, 1, 2}), numbers({3, 5}, {1, 2}), numbers({0.5, 0}, {1, 2}));
  expect_near(compared, numbers({3, -10, 0.5, 0, 2, 7, 0.5, 2}, {1, 1, 8}), 0);
}

TEST(Episode, ReadsFactsInTheirOrderAsFarAsTheirGatesLetIt) {
  // Width 1, by hand: h_1 = g tanh(x), then r = σ(x^r + u^r h), h̃ = tanh(x^h + r u^h h).
  const auto projected = numbers({0.3, 0.8, -0.4, 0.6}, {1, 2, 2});
  const auto gates = numbers({0.25, 0.5}, {1, 2});
  const auto recurrent = numbers({0.7, -1.1}, {2, 1});
  const double first = 0.25 * std::tanh(0.8);
  const double reset = 1 / (1 + std::exp(-(-0.4 + 0.7 * first)));
  const double candidate = std::tanh(0.6 + reset * -1.1 * first);
  const double second = 0.5 * candidate + 0.5 * first;
  expect_near(attention_gru(projected, gates, recurrent), numbers({second}, {1, 1}), 1e-15);
}

TEST(Episode, LeavesOutWhatHasNoGate) {
  const auto projected = random_tensor({1, 3, 4}, 1), recurrent = random_tensor({4, 2}, 2);
  const auto with = attention_gru(projected, numbers({0.4, 0, 0.9}, {1, 3}), recurrent);
  const auto without = attention_gru(torch::cat({projected.narrow(1, 0, 1), projected.narrow(1, 2, 1)}, 1),
                                     numbers({0.4, 0.9}, {1, 2}), recurrent);
  expect_near(with, without, 1e-15);
  expect_near(attention_gru(projected, torch::zeros({1, 3}, torch::kFloat64), recurrent), numbers({0, 0}, {1, 2}), 0);
}

TEST(Episode, HasTheGradientsOfItsEquations) {
  const TensorFunction episode = [](const Tensors& given) {
    return Tensors{attention_gru(given[0], given[1], given[2])};
  };
  EXPECT_TRUE(gradient_matches(
      episode, {random_tensor({2, 3, 4}, 1), random_tensor({2, 3}, 2, 0, 1), random_tensor({4, 2}, 3)}));
  const TensorFunction compare = [](const Tensors& given) {
    return Tensors{fact_comparisons(given[0], given[1], given[2])};
  };
  EXPECT_TRUE(gradient_matches(compare,
                               {random_tensor({2, 2, 3}, 1), random_tensor({2, 3}, 2), random_tensor({2, 3}, 3)}));
}

TEST(Episode, RefusesWhatDoesNotFit) {
  expect_error([] { attention_gru(torch::zeros({1, 2, 6}), torch::zeros({1, 2}), torch::zeros({6, 2})); },
               "attention_gru: recurrent is [6, 2], expected [2 · width, width]");
  expect_error([] { attention_gru(torch::zeros({1, 2, 4}), torch::zeros({1, 3}), torch::zeros({4, 2})); },
               "attention_gru: gates is [1, 3], expected [batch=1, facts=2]; sizes fixed by projected [1, 2, 4]");
}

}  // namespace
}  // namespace mneme
