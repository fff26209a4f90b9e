#include "mneme/mechanisms/memory_access.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

const auto kDouble = torch::kFloat64;

TEST(MemoryAccess, EqualsTheEquationsComputedApart) {
  // From tests/goldens/mechanisms_golden.py; printed with 12 decimals.
  const auto memory = numbers({1, 0, 0.6, 0.8, -2, 0.5, 0, 0}, {1, 4, 2});
  const auto weights = numbers({0.3025, 0.1675, 0.2425, 0.2875,  //
                                0.336611258261, 0.425152496445, 0.186849722422, 0.051386522872},
                               {1, 2, 4});
  const auto erases = numbers({0.5, 0, 1, 0.25}, {1, 2, 2}), adds = numbers({1, -1, 0, 2}, {1, 2, 2});
  expect_near(read_memory(memory, weights),
              numbers({-0.082, 0.25525, 0.218003311283, 0.433546858367}, {1, 2, 2}), 5e-12);
  expect_near(write_memory(memory, weights, erases, adds),
              numbers({0.865551194551, 0.370722516522, 0.483522415079, 1.397774493601,  //
                       -1.186611612843, 0.607843229542, 0.2875, -0.184726954257},
                      {1, 4, 2}),
              5e-12);
}

TEST(ReadMemory, ReturnsTheSlotThatItLooksAt) {
  const auto memory = random_tensor({1, 4, 3}, 1);
  EXPECT_TRUE(torch::equal(read_memory(memory, numbers({0, 0, 1, 0}, {1, 1, 4})), memory.narrow(1, 2, 1)));
}

TEST(WriteMemory, ReplacesTheSlotItErasesAndLeavesTheOthers) {
  const auto memory = random_tensor({1, 4, 3}, 1);
  const auto word = random_tensor({1, 1, 3}, 2);
  const auto written =
      write_memory(memory, numbers({0, 1, 0, 0}, {1, 1, 4}), torch::ones({1, 1, 3}, kDouble), word);
  auto expected = memory.clone();
  expected[0][1] = word[0][0];
  EXPECT_TRUE(torch::equal(written, expected));
  EXPECT_TRUE(torch::equal(read_memory(written, numbers({0, 1, 0, 0}, {1, 1, 4})), word));
}

TEST(WriteMemory, ErasesWithAllHeadsBeforeItAddsWithAny) {
  // The first head adds where the second erases: the addition must survive, in either order of the heads.
  const auto memory = torch::full({1, 1, 2}, 5.0, kDouble);
  const auto weights = torch::ones({1, 2, 1}, kDouble);
  const auto erases = numbers({0, 0, 1, 1}, {1, 2, 2}), adds = numbers({3, 4, 0, 0}, {1, 2, 2});
  const auto expected = numbers({3, 4}, {1, 1, 2});
  EXPECT_TRUE(torch::equal(write_memory(memory, weights, erases, adds), expected));
  EXPECT_TRUE(torch::equal(write_memory(memory, weights, erases.flip(1), adds.flip(1)), expected));
}

TEST(MemoryAccess, HasTheGradientsOfItsEquations) {
  const auto memory = random_tensor({2, 3, 2}, 1), weights = random_tensor({2, 2, 3}, 2, 0, 1);
  const TensorFunction read = [](const Tensors& in) { return Tensors{read_memory(in[0], in[1])}; };
  const TensorFunction write = [](const Tensors& in) {
    return Tensors{write_memory(in[0], in[1], in[2], in[3])};
  };
  EXPECT_TRUE(gradient_matches(read, {memory, weights}));
  EXPECT_TRUE(second_gradient_matches(read, {memory, weights}));
  const auto erases = random_tensor({2, 2, 2}, 3, 0, 1), adds = random_tensor({2, 2, 2}, 4);
  EXPECT_TRUE(gradient_matches(write, {memory, weights, erases, adds}));
  EXPECT_TRUE(second_gradient_matches(write, {memory, weights, erases, adds}));
}

TEST(WriteMemory, HasItsGradientWhereASlotIsErasedWhole) {
  // Both heads erase the slot entirely: a product that divides by one of its factors would be 0/0 here.
  const auto ones = [](at::IntArrayRef sizes) { return torch::ones(sizes, kDouble); };
  EXPECT_TRUE(gradient_matches(
      [](const Tensors& in) { return Tensors{write_memory(in[0], in[1], in[2], in[3])}; },
      {random_tensor({1, 2, 2}, 1), ones({1, 2, 2}), ones({1, 2, 2}), random_tensor({1, 2, 2}, 2)}));
}

TEST(MemoryAccess, SaysWhatDoesNotFit) {
  const auto memory = torch::zeros({2, 8, 5});
  expect_error(
      [&] {
        read_memory(memory, torch::zeros({2, 1, 5}));
      },
      "read_memory: read_weights is [2, 1, 5], expected [batch=2, heads, slots=8]; sizes fixed by "
      "memory [2, 8, 5]");
  const auto words = [](int64_t heads) { return torch::zeros({2, heads, 5}); };
  expect_error(
      [&] {
        write_memory(memory, torch::zeros({2, 1, 8}), words(1), words(2));
      },
      "write_memory: adds is [2, 2, 5], expected [batch=2, heads=1, width=5]; sizes fixed by memory "
      "[2, 8, 5] and write_weights [2, 1, 8]");
  expect_error(
      [&] {
        write_memory(memory, torch::zeros({2, 0, 8}), words(0), words(0));
      },
      "write_memory: write_weights is [2, 0, 8], expected at least one head");
}

}  // namespace
}  // namespace mneme
