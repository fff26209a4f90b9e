#include "mneme/mechanisms/halting.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

struct Thought {
  at::Tensor weights;  // [inner, …]
  Halting halted;
};

/// All inner steps, the last of which is M. halting: [inner, …].
Thought think(const at::Tensor& halting, double epsilon = 0.01) {
  Thought thought{{}, begin_halting(halting[0])};
  Tensors weights;
  for (int64_t n = 0; n < halting.size(0); ++n) {
    auto step = halting_step(thought.halted, halting[n], n + 1 == halting.size(0), epsilon);
    weights.push_back(step.weights);
    thought.halted = std::move(step.after);
  }
  thought.weights = torch::stack(weights);
  return thought;
}

at::Tensor golden_halting() {
  return numbers({0.3, 0.45, 0.6, 0.2, 0.995, 0.5, 0.5, 0.5, 0.1, 0.2, 0.05, 0.15}, {3, 4}).t().contiguous();
}

TEST(Halting, EqualsTheEquationsComputedApart) {
  // From tests/goldens/halting_golden.py: three that think, of at most four steps.
  const auto thought = think(golden_halting());
  expect_near(thought.weights.t(), numbers({0.3, 0.45, 0.25, 0, 1, 0, 0, 0, 0.1, 0.2, 0.05, 0.65}, {3, 4}), 1e-12);
  EXPECT_TRUE(torch::equal(thought.halted.steps, torch::tensor({3, 1, 4}, torch::kLong)));
  expect_near(thought.halted.remainder, numbers({0.25, 1, 0.65}, {3}), 1e-12);
  expect_near(ponder_cost(thought.halted), numbers({3.25, 2, 4.65}, {3}), 1e-12);
  EXPECT_FALSE(thought.halted.running.any().item<bool>());
}

TEST(Halting, LetsThePonderCostReachTheStepsBeforeTheLastAlone) {
  const auto halting = golden_halting().requires_grad_();
  ponder_cost(think(halting).halted).sum().backward();
  expect_near(halting.grad().t(), numbers({-1, -1, 0, 0, 0, 0, 0, 0, -1, -1, -1, 0}, {3, 4}), 0);
}

TEST(Halting, WeighsWithASumOfOneAndStopsInTime) {
  constexpr int64_t kMost = 7;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto thought = think(random_tensor({kMost, 3, 5}, seed, 0, 0.05 * static_cast<double>(seed + 1)));
    expect_near(thought.weights.sum(0), torch::ones({3, 5}, torch::kFloat64), 1e-15 * kMost);
    EXPECT_TRUE((thought.weights >= 0).all().item<bool>());
    EXPECT_TRUE((thought.halted.steps >= 1).all().item<bool>() && (thought.halted.steps <= kMost).all().item<bool>());
    // A weight above zero at each of the N steps (a remainder of zero has measure zero), none after.
    EXPECT_TRUE(torch::equal((thought.weights > 0).sum(0), thought.halted.steps));
  }
}

TEST(Halting, TakesOneStepWhenTheFirstSaysAllAndAllStepsWhenNoneSaysAnything) {
  const auto one = think(torch::ones({5, 2}));
  EXPECT_TRUE(torch::equal(one.halted.steps, torch::ones({2}, torch::kLong)));
  EXPECT_TRUE(torch::equal(one.halted.remainder, torch::ones({2})));
  const auto all = think(torch::zeros({5, 2}));
  EXPECT_TRUE(torch::equal(all.halted.steps, torch::full({2}, 5, torch::kLong)));
  EXPECT_TRUE(torch::equal(all.weights[4], torch::ones({2})));
  // Without ε a unit that never quite reaches 1 could not say all in one step.
  EXPECT_EQ(think(torch::full({5, 1}, 0.9999), 0).halted.steps.item<int64_t>(), 2);
}

TEST(Halting, HasTheGradientsOfItsEquations) {
  const TensorFunction all = [](const Tensors& in) {
    const auto thought = think(in[0]);
    return Tensors{thought.weights, thought.halted.remainder, ponder_cost(thought.halted)};
  };
  const Tensors halting = {random_tensor({4, 6}, 3, 0.1, 0.6)};
  EXPECT_TRUE(gradient_matches(all, halting));
  EXPECT_TRUE(second_gradient_matches(
      [](const Tensors& in) {
        return Tensors{think(in[0].square()).weights};
      },
      halting));
}

TEST(Halting, SaysWhatDoesNotFit) {
  const auto before = begin_halting(torch::zeros({2, 3}));
  expect_error([&] { halting_step(before, torch::zeros({2, 4}), false, 0.01); },
               "halting_step: halting is [2, 4], expected [2, 3] as the state before");
  expect_error([&] { halting_step(before, torch::zeros({2, 3}, torch::kFloat64), false, 0.01); },
               "halting_step: halting is float64, expected float32 as the state before");
}

}  // namespace
}  // namespace mneme
