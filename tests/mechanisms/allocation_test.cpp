#include "mneme/mechanisms/allocation.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

TEST(Allocation, EqualsTheEquationsComputedApart) {
  // From tests/goldens/dnc_mechanisms_golden.py; printed with 12 decimals.
  const auto allocation = allocation_weights(numbers({0.4004, 0.387205, 0.041, 0.525525}, {1, 4}));
  expect_near(allocation, numbers({0.009519121033, 0.025125157545, 0.958999041, 0.003016082927}, {1, 4}), 1e-12);
  expect_near(gate_write_weights(allocation, numbers({0.1, 0.2, 0.3, 0.4}, {1, 4}), numbers({0.7}, {1}),
                                 numbers({0.8}, {1})),
              numbers({0.029330707779, 0.062070088225, 0.60903946296, 0.097689006439}, {1, 4}), 1e-12);
}

TEST(Allocation, GoesToTheFreestSlotAndOfSlotsAlikeToTheFirst) {
  expect_near(allocation_weights(numbers({1, 1, 0, 1}, {1, 4})), numbers({0, 0, 1, 0}, {1, 4}), 2e-6);
  for (const auto dtype : {torch::kFloat32, torch::kFloat64})
    for (const double usage : {0.0, 0.25, 1.0}) {
      // Each of the slots used alike takes its share of what those before it left.
      const auto alike = allocation_weights(torch::full({1, 40}, usage, dtype));
      const double left = kUsageFloor + (1 - kUsageFloor) * usage;
      expect_near(alike, (1 - left) * torch::pow(torch::full({1, 40}, left, torch::kFloat64), torch::arange(40)),
                  1e-6);
    }
}

TEST(Allocation, TellsSlotsApartThatTheFloorMakesAlike) {
  // In float32 the floor of 1e-6 swallows a difference of 1e-14: the second slot is still the freest.
  const auto usage = torch::tensor({2e-14, 1e-14, 3e-14}).unsqueeze(0).to(torch::kFloat32);
  EXPECT_EQ(allocation_weights(usage).argmax(1).item<int64_t>(), 1);
}

TEST(Allocation, IsNothingWhenEverySlotIsInUse) {
  expect_near(allocation_weights(torch::ones({2, 6}, torch::kFloat64)), torch::zeros({2, 6}), 1e-16);
  expect_near(allocation_weights(numbers({0.3}, {1, 1})), numbers({(1 - 1e-6) * 0.7}, {1, 1}), 1e-15);
}

TEST(Allocation, TreatsEachOfABatchByItsOwnOrder) {
  const auto usage = random_tensor({3, 7}, 1, 0, 1);
  const auto together = allocation_weights(usage);
  for (int64_t b = 0; b < 3; ++b)
    EXPECT_TRUE(torch::equal(together.narrow(0, b, 1), allocation_weights(usage.narrow(0, b, 1))));
}

TEST(GateWriteWeights, WritesNowhereByContentOrToAFreeSlot) {
  const auto free = numbers({0, 0.9, 0}, {1, 3}), found = numbers({0.2, 0.3, 0.5}, {1, 3});
  const auto one = numbers({1}, {1}), none = numbers({0}, {1});
  EXPECT_TRUE(torch::equal(gate_write_weights(free, found, one, one), free));
  EXPECT_TRUE(torch::equal(gate_write_weights(free, found, none, one), found));
  EXPECT_FALSE(gate_write_weights(free, found, one, none).any().item<bool>());
}

TEST(Allocation, HasTheGradientsOfItsEquations) {
  const TensorFunction allocate = [](const Tensors& in) { return Tensors{allocation_weights(in[0])}; };
  EXPECT_TRUE(gradient_matches(allocate, {random_tensor({2, 5}, 1, 0.05, 1)}));
  EXPECT_TRUE(second_gradient_matches(allocate, {random_tensor({2, 5}, 1, 0.05, 1)}));
  const TensorFunction gate = [](const Tensors& in) {
    return Tensors{gate_write_weights(in[0], in[1], in[2], in[3])};
  };
  const Tensors parts = {random_tensor({2, 4}, 1, 0, 1), random_tensor({2, 4}, 2, 0, 1),
                         random_tensor({2}, 3, 0, 1), random_tensor({2}, 4, 0, 1)};
  EXPECT_TRUE(gradient_matches(gate, parts));
  EXPECT_TRUE(second_gradient_matches(gate, parts));
}

TEST(Allocation, HasAFiniteGradientWhereSlotsTieUnused) {
  for (const auto dtype : {torch::kFloat32, torch::kFloat64}) {
    const auto usage = torch::zeros({1, 64}, torch::dtype(dtype).requires_grad(true));
    const auto allocation = allocation_weights(usage);
    allocation.select(1, 1).sum().backward();
    // a[1] = (1 - u'[1]) u'[0]: grows with the use of the first slot, falls with its own by ε alone.
    EXPECT_NEAR(usage.grad()[0][0].item<double>(), 1, 1e-5);
    EXPECT_NEAR(usage.grad()[0][1].item<double>(), -1e-6, 1e-11);
    EXPECT_FALSE(usage.grad().narrow(1, 2, 62).any().item<bool>());
  }
}

RC_GTEST_PROP(Allocation, IsAWeightingThatLeavesTheProductOfTheUsages, ()) {
  const auto slots = *rc::gen::inRange<int64_t>(1, 60);
  const auto seed = *rc::gen::arbitrary<uint32_t>();
  const auto levels = *rc::gen::element(1.0, 3.0, 1e6);  // few levels: many ties
  const auto usage = (random_tensor({2, slots}, seed, 0, 1) * levels).round() / levels;
  const auto allocation = allocation_weights(usage);
  RC_ASSERT((allocation >= 0).all().item<bool>());
  const auto left = (kUsageFloor + (1 - kUsageFloor) * usage).prod(1);
  RC_ASSERT((allocation.sum(1) - (1 - left)).abs().max().item<double>() < 1e-14);
}

TEST(Allocation, SaysWhatDoesNotFit) {
  expect_error([] { allocation_weights(torch::zeros({2, 3, 4})); },
               "allocation_weights: usage is [2, 3, 4], expected [batch, slots]");
  expect_error(
      [] { gate_write_weights(torch::zeros({2, 4}), torch::zeros({2, 4}), torch::zeros({2, 1}), torch::zeros({2})); },
      "gate_write_weights: allocation_gate is [2, 1], expected [batch=2]; sizes fixed by allocation_weights "
      "[2, 4]");
}

}  // namespace
}  // namespace mneme
