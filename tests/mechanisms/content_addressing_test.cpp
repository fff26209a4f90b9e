#include "mneme/mechanisms/content_addressing.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

TEST(ContentAddressing, EqualsTheEquationsComputedApart) {
  const auto memory = numbers({1, 0, 0.6, 0.8, -2, 0.5, 0, 0}, {1, 4, 2});
  const auto keys = numbers({1, 1, -0.5, 2}, {1, 2, 2});
  // From tests/goldens/mechanisms_golden.py; printed with 12 decimals.
  expect_near(content_similarity(memory, keys),
              numbers({0.707106250857, 0.9899487512, -0.514495566275, 0.0,  //
                       -0.242535475235, 0.630592235611, 0.470588124568, 0.0},
                      {1, 2, 4}),
              1e-12);
  expect_near(content_weights(memory, keys, numbers({0, 3}, {1, 2})),
              numbers({0.25, 0.25, 0.25, 0.25,  //
                       0.039539031474, 0.542762291468, 0.335848149574, 0.081850527484},
                      {1, 2, 4}),
              1e-12);
}

TEST(ContentAddressing, FindsTheSlotThatHoldsTheKeyWhateverItsLength) {
  const auto memory = numbers({1, 0, 0, 0, 1, 0, 0, 0, 1}, {1, 3, 3});
  const auto weights = content_weights(memory, numbers({0, 5, 0}, {1, 1, 3}), numbers({100}, {1, 1}));
  expect_near(weights, numbers({0, 1, 0}, {1, 1, 3}), 1e-12);  // the others: e^-100
}

TEST(ContentAddressing, SharesEquallyBetweenEqualSlots) {
  const auto memory = numbers({1, 2, -3, 1, 1, 2}, {1, 3, 2});
  const auto weights = content_weights(memory, numbers({1, 2}, {1, 1, 2}), numbers({50}, {1, 1}));
  EXPECT_EQ(weights[0][0][0].item<double>(), weights[0][0][2].item<double>());
}

TEST(ContentAddressing, IsUniformAndDifferentiableOnAnAllZeroMemoryAndKey) {
  for (const auto dtype : {torch::kFloat32, torch::kFloat64}) {
    const auto memory = torch::zeros({2, 5, 3}, torch::dtype(dtype).requires_grad(true));
    const auto keys = torch::zeros({2, 2, 3}, torch::dtype(dtype).requires_grad(true));
    const auto strengths = torch::full({2, 2}, 10, torch::dtype(dtype).requires_grad(true));
    const auto weights = content_weights(memory, keys, strengths);
    EXPECT_TRUE(torch::equal(weights, torch::full_like(weights, 0.2)));
    weights.select(2, 0).sum().backward();
    for (const auto& input : {memory, keys, strengths})
      EXPECT_TRUE(input.grad().isfinite().all().item<bool>());
  }
}

TEST(ContentAddressing, LooksAtTheOnlySlot) {
  const auto weights = content_weights(random_tensor({3, 1, 1}, 1), random_tensor({3, 2, 1}, 2),
                                       torch::ones({3, 2}, torch::kFloat64));
  EXPECT_TRUE(torch::equal(weights, torch::ones({3, 2, 1}, torch::kFloat64)));
}

TEST(ContentAddressing, StaysFiniteForHugeNumbers) {
  const auto huge = torch::full({1, 4, 3}, 1e15f);
  const auto weights = content_weights(huge, huge.narrow(1, 0, 1), torch::full({1, 1}, 1e6f));
  expect_near(weights, torch::full({1, 1, 4}, 0.25f), 1e-6);
}

TEST(ContentAddressing, HasTheGradientsOfItsEquations) {
  const TensorFunction function = [](const Tensors& in) {
    return Tensors{content_weights(in[0], in[1], in[2])};
  };
  const Tensors inputs = {random_tensor({2, 4, 3}, 1), random_tensor({2, 2, 3}, 2),
                          random_tensor({2, 2}, 3, 0, 4)};
  EXPECT_TRUE(gradient_matches(function, inputs));
  EXPECT_TRUE(second_gradient_matches(function, inputs));
}

TEST(MaskedContentWeights, LooksForWhatTheMaskLeaves) {
  const auto memory = random_tensor({2, 5, 3}, 1), keys = random_tensor({2, 2, 3}, 2);
  const auto strengths = random_tensor({2, 2}, 3, 1, 20);
  const auto all = torch::ones({2, 2, 3}, torch::kFloat64);
  expect_near(masked_content_weights(memory, keys, all, strengths), content_weights(memory, keys, strengths), 1e-15);
  // Without its last element: as if neither keys nor slots had one.
  auto first_two = all.clone();
  first_two.select(2, 2).zero_();
  expect_near(masked_content_weights(memory, keys, first_two, strengths),
              content_weights(memory.narrow(2, 0, 2), keys.narrow(2, 0, 2), strengths), 1e-15);
  // With nothing to look for, everywhere alike.
  expect_near(masked_content_weights(memory, keys, 0 * all, strengths),
              torch::full({2, 2, 5}, 0.2, torch::kFloat64), 1e-15);
}

TEST(MaskedContentWeights, HasTheGradientsOfItsEquations) {
  const TensorFunction function = [](const Tensors& in) {
    return Tensors{masked_content_weights(in[0], in[1], in[2], in[3])};
  };
  const Tensors inputs = {random_tensor({2, 4, 3}, 1), random_tensor({2, 2, 3}, 2), random_tensor({2, 2, 3}, 4, 0, 1),
                          random_tensor({2, 2}, 3, 0, 4)};
  EXPECT_TRUE(gradient_matches(function, inputs));
  EXPECT_TRUE(second_gradient_matches(function, inputs));
}

TEST(ContentAddressing, SaysWhatDoesNotFit) {
  const auto memory = torch::zeros({8, 128, 20});
  expect_error(
      [&] {
        content_weights(memory, torch::zeros({8, 2, 24}), torch::zeros({8, 2}));
      },
      "content_weights: keys is [8, 2, 24], expected [batch=8, heads, width=20]; sizes fixed by "
      "memory [8, 128, 20]");
  expect_error(
      [&] {
        content_weights(memory, torch::zeros({8, 2, 20}), torch::zeros({8, 3}));
      },
      "content_weights: strengths is [8, 3], expected [batch=8, heads=2]; sizes fixed by memory "
      "[8, 128, 20] and keys [8, 2, 20]");
}

}  // namespace
}  // namespace mneme
