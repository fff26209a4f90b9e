#include "mneme/mechanisms/usage.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

TEST(Usage, EqualsTheEquationsComputedApart) {
  // From tests/goldens/dnc_mechanisms_golden.py; printed with 12 decimals.
  const auto retention = memory_retention(
      numbers({0.9, 0.25}, {1, 2}), numbers({0.1, 0.6, 0.2, 0.1, 0, 0.3, 0, 0.7}, {1, 2, 4}));
  expect_near(retention, numbers({0.91, 0.4255, 0.82, 0.75075}, {1, 4}), 1e-12);
  expect_near(
      memory_usage(numbers({0.2, 0.9, 0, 0.5}, {1, 4}), numbers({0.3, 0.1, 0.05, 0.4}, {1, 4}), retention),
      numbers({0.4004, 0.387205, 0.041, 0.525525}, {1, 4}), 1e-12);
}

TEST(Usage, IsTakenByAWriteAndGivenBackByAReadThatFrees) {
  const auto zeros = torch::zeros({1, 3}, torch::kFloat64);
  const auto at_one = numbers({0, 1, 0}, {1, 3});
  const auto kept = memory_retention(numbers({0}, {1, 1}), at_one.unsqueeze(1));
  const auto freed = memory_retention(numbers({1}, {1, 1}), at_one.unsqueeze(1));
  const auto written = memory_usage(zeros, at_one, kept);
  EXPECT_TRUE(torch::equal(written, at_one));
  EXPECT_TRUE(torch::equal(memory_usage(written, zeros, kept), at_one));   // read, not freed
  EXPECT_TRUE(torch::equal(memory_usage(written, zeros, freed), zeros));   // read and freed
  EXPECT_TRUE(torch::equal(memory_usage(written, at_one, freed), zeros));  // written again and freed
}

TEST(Usage, StaysWithinItsBounds) {
  const auto random = [](at::IntArrayRef sizes, uint64_t seed) { return random_tensor(sizes, seed, 0, 1); };
  auto usage = torch::zeros({2, 5}, torch::kFloat64);
  for (uint64_t step = 0; step < 50; ++step) {
    const auto kept = memory_retention(random({2, 3}, 3 * step), torch::softmax(random({2, 3, 5}, 3 * step + 1), -1));
    EXPECT_TRUE((kept >= 0).all().item<bool>() && (kept <= 1).all().item<bool>());
    usage = memory_usage(usage, random({2, 5}, 3 * step + 2), kept);
    EXPECT_TRUE((usage >= 0).all().item<bool>() && (usage <= 1).all().item<bool>());
  }
}

TEST(Usage, HasTheGradientsOfItsEquations) {
  const TensorFunction retention = [](const Tensors& in) { return Tensors{memory_retention(in[0], in[1])}; };
  const Tensors gates_and_reads = {random_tensor({2, 3}, 1, 0, 1), random_tensor({2, 3, 4}, 2, 0, 1)};
  EXPECT_TRUE(gradient_matches(retention, gates_and_reads));
  EXPECT_TRUE(second_gradient_matches(retention, gates_and_reads));
  // Two heads free the same slot altogether: a product that divides by one of its factors would be 0/0 here.
  EXPECT_TRUE(gradient_matches(retention, {torch::ones({1, 3}, torch::kFloat64),
                                           numbers({1, 0, 1, 0, 0, 1}, {1, 3, 2})}));
  const TensorFunction usage = [](const Tensors& in) { return Tensors{memory_usage(in[0], in[1], in[2])}; };
  const Tensors parts = {random_tensor({2, 4}, 1, 0, 1), random_tensor({2, 4}, 2, 0, 1),
                         random_tensor({2, 4}, 3, 0, 1)};
  EXPECT_TRUE(gradient_matches(usage, parts));
  EXPECT_TRUE(second_gradient_matches(usage, parts));
}

TEST(Usage, SaysWhatDoesNotFit) {
  expect_error([] { memory_retention(torch::zeros({2, 3}), torch::zeros({2, 4, 8})); },
               "memory_retention: previous_read_weights is [2, 4, 8], expected [batch=2, heads=3, slots]; sizes "
               "fixed by free_gates [2, 3]");
  expect_error([] { memory_retention(torch::zeros({2, 0}), torch::zeros({2, 0, 8})); },
               "memory_retention: free_gates is [2, 0], expected at least one head");
  expect_error([] { memory_usage(torch::zeros({2, 8}), torch::zeros({2, 7}), torch::zeros({2, 8})); },
               "memory_usage: previous_write_weights is [2, 7], expected [batch=2, slots=8]; sizes fixed by "
               "previous_usage [2, 8]");
}

}  // namespace
}  // namespace mneme
