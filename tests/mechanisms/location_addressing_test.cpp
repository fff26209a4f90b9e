#include "mneme/mechanisms/location_addressing.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

at::Tensor one_hot(int64_t slot, int64_t slots) {
  auto weights = torch::zeros({1, 1, slots}, torch::kFloat64);
  weights[0][0][slot] = 1;
  return weights;
}

TEST(LocationAddressing, EqualsTheEquationsComputedApart) {
  // From tests/goldens/mechanisms_golden.py; printed with 12 decimals.
  const auto content = numbers({0.25, 0.25, 0.25, 0.25,  //
                                0.039539031474, 0.542762291468, 0.335848149574, 0.081850527484},
                               {1, 2, 4});
  const auto previous = numbers({0.1, 0.2, 0.3, 0.4, 0.7, 0.1, 0.1, 0.1}, {1, 2, 4});
  const auto gated = interpolate_weights(content, previous, numbers({0.25, 0.9}, {1, 2}));
  expect_near(gated,
              numbers({0.1375, 0.2125, 0.2875, 0.3625,  //
                       0.105585128327, 0.498486062321, 0.312263334617, 0.083665474736},
                      {1, 2, 4}),
              2e-12);
  const auto shifted = shift_weights(gated, numbers({0.1, 0.2, 0.7, 0.5, 0.3, 0.2}, {1, 2, 3}));
  expect_near(shifted,
              numbers({0.3025, 0.1675, 0.2425, 0.2875,  //
                       0.297651664606, 0.32679451167, 0.235208950217, 0.140344873507},
                      {1, 2, 4}),
              3e-12);
  expect_near(sharpen_weights(shifted, numbers({1, 2.5}, {1, 2})),
              numbers({0.3025, 0.1675, 0.2425, 0.2875,  //
                       0.336611258261, 0.425152496445, 0.186849722422, 0.051386522872},
                      {1, 2, 4}),
              1e-11);
}

TEST(InterpolateWeights, TakesContentAloneOrTheOldWeightingAlone) {
  const auto content = one_hot(0, 4), previous = one_hot(3, 4);
  EXPECT_TRUE(torch::equal(interpolate_weights(content, previous, numbers({1}, {1, 1})), content));
  EXPECT_TRUE(torch::equal(interpolate_weights(content, previous, numbers({0}, {1, 1})), previous));
}

TEST(ShiftWeights, GoesRoundTheRing) {
  const auto back = numbers({1, 0, 0}, {1, 1, 3}), forward = numbers({0, 0, 1}, {1, 1, 3});
  EXPECT_TRUE(torch::equal(shift_weights(one_hot(1, 5), forward), one_hot(2, 5)));
  EXPECT_TRUE(torch::equal(shift_weights(one_hot(4, 5), forward), one_hot(0, 5)));
  EXPECT_TRUE(torch::equal(shift_weights(one_hot(0, 5), back), one_hot(4, 5)));
}

TEST(ShiftWeights, MovesFurtherThanTheRingIsLong) {
  const auto by_plus_three = numbers({0, 0, 0, 0, 0, 0, 1}, {1, 1, 7});
  EXPECT_TRUE(torch::equal(shift_weights(one_hot(0, 2), by_plus_three), one_hot(1, 2)));
  EXPECT_TRUE(torch::equal(shift_weights(one_hot(0, 1), by_plus_three), one_hot(0, 1)));
}

TEST(ShiftWeights, StaysWhereItIsWhenNoShiftIsAllowed) {
  const auto weights = random_tensor({2, 3, 4}, 1, 0, 1);
  EXPECT_TRUE(torch::equal(shift_weights(weights, torch::ones({2, 3, 1}, torch::kFloat64)), weights));
}

TEST(SharpenWeights, LeavesAWeightingAsItIsAtOne) {
  expect_near(sharpen_weights(numbers({0.1, 0.2, 0.7}, {1, 1, 3}), numbers({1}, {1, 1})),
              numbers({0.1, 0.2, 0.7}, {1, 1, 3}), 1e-15);
}

TEST(SharpenWeights, SharesBetweenTiesHoweverSharp) {
  for (const double sharpening : {1.0, 20.0, 1e3, 1e6})
    EXPECT_TRUE(
        torch::equal(sharpen_weights(numbers({0.4, 0.4, 0.2, 1e-9}, {1, 1, 4}), numbers({sharpening}, {1, 1}))
                         .narrow(2, 0, 2)
                         .diff(),
                     numbers({0}, {1, 1, 1})))
        << sharpening;
  expect_near(sharpen_weights(numbers({0.4, 0.4, 0.2, 0}, {1, 1, 4}), numbers({1e3}, {1, 1})),
              numbers({0.5, 0.5, 0, 0}, {1, 1, 4}), 1e-15);  // (0.2 / 0.4)^1000 = 1e-301
}

TEST(SharpenWeights, NeitherUnderflowsNorLosesItsGradientToNaN) {
  // In float32 (1/128)^20 is 0, so that the plain quotient would be 0/0.
  const auto weights = torch::full({1, 1, 128}, 1.0f / 128, torch::requires_grad());
  const auto sharpenings = torch::full({1, 1}, 20.0f, torch::requires_grad());
  const auto sharp = sharpen_weights(weights, sharpenings);
  expect_near(sharp, torch::full({1, 1, 128}, 1.0f / 128), 1e-8);
  sharp.select(2, 5).sum().backward();
  EXPECT_TRUE(weights.grad().isfinite().all().item<bool>());
  EXPECT_TRUE(sharpenings.grad().isfinite().all().item<bool>());
}

TEST(SharpenWeights, IsFiniteOnZerosAndOnOneSlot) {
  for (const auto dtype : {torch::kFloat32, torch::kFloat64}) {
    const auto zeros = torch::zeros({1, 1, 4}, torch::dtype(dtype).requires_grad(true));
    const auto sharp = sharpen_weights(zeros, torch::full({1, 1}, 3, dtype));
    EXPECT_TRUE(torch::equal(sharp, torch::full_like(sharp, 0.25)));
    sharp.select(2, 0).sum().backward();
    EXPECT_TRUE(torch::equal(zeros.grad(), torch::zeros_like(zeros)));
  }
  EXPECT_TRUE(torch::equal(sharpen_weights(one_hot(0, 1), numbers({7}, {1, 1})), one_hot(0, 1)));
}

TEST(LocationAddressing, HasTheGradientsOfItsEquations) {
  const auto weights = random_tensor({2, 2, 4}, 1, 0.1, 1), other = random_tensor({2, 2, 4}, 2, 0.1, 1);
  const TensorFunction interpolate = [](const Tensors& in) {
    return Tensors{interpolate_weights(in[0], in[1], in[2])};
  };
  const TensorFunction shift = [](const Tensors& in) { return Tensors{shift_weights(in[0], in[1])}; };
  const TensorFunction sharpen = [](const Tensors& in) { return Tensors{sharpen_weights(in[0], in[1])}; };
  EXPECT_TRUE(gradient_matches(interpolate, {weights, other, random_tensor({2, 2}, 3, 0, 1)}));
  EXPECT_TRUE(second_gradient_matches(interpolate, {weights, other, random_tensor({2, 2}, 3, 0, 1)}));
  EXPECT_TRUE(gradient_matches(shift, {weights, random_tensor({2, 2, 5}, 3, 0, 1)}));
  EXPECT_TRUE(second_gradient_matches(shift, {weights, random_tensor({2, 2, 5}, 3, 0, 1)}));
  EXPECT_TRUE(gradient_matches(sharpen, {weights, random_tensor({2, 2}, 3, 1, 3)}));
  EXPECT_TRUE(second_gradient_matches(sharpen, {weights, random_tensor({2, 2}, 3, 1, 3)}));
}

// Weightings of any shape, from uniform to needle-sharp, stay weightings through the whole chain.
RC_GTEST_PROP(LocationAddressing, KeepsWeightingsNonNegativeWithSumOne, ()) {
  const auto slots = *rc::gen::inRange<int64_t>(1, 40), heads = *rc::gen::inRange<int64_t>(1, 4);
  const auto range = *rc::gen::inRange<int64_t>(0, 4);
  const auto sharpness = *rc::gen::element(0.0, 1.0, 30.0, 1000.0);
  const auto dtype = *rc::gen::element(torch::kFloat32, torch::kFloat64);
  const auto seed = *rc::gen::arbitrary<uint32_t>();
  const auto weighting = [&](int64_t size, uint64_t stream) {
    return torch::softmax(sharpness * random_tensor({2, heads, size}, seed + stream), -1).to(dtype);
  };
  const auto gated = interpolate_weights(weighting(slots, 1), weighting(slots, 2),
                                         random_tensor({2, heads}, seed + 3, 0, 1).to(dtype));
  const auto shifted = shift_weights(gated, weighting(2 * range + 1, 4));
  const auto sharpenings = 1 + sharpness * random_tensor({2, heads}, seed + 5, 0, 1);
  const auto weights = sharpen_weights(shifted, sharpenings.to(dtype));
  // Each sum has `slots` rounded terms after a handful of operations: a few units in the last place each.
  const double tolerance = (dtype == torch::kFloat32 ? 6e-8 : 1.2e-16) * static_cast<double>(slots + 16);
  for (const auto& each : {gated, shifted, weights}) {
    RC_ASSERT((each >= 0).all().item<bool>());
    RC_ASSERT((each.sum(-1, false, torch::kFloat64) - 1).abs().max().item<double>() <= tolerance);
  }
}

TEST(LocationAddressing, SaysWhatDoesNotFit) {
  const auto weights = torch::zeros({2, 3, 8});
  expect_error(
      [&] {
        interpolate_weights(weights, torch::zeros({2, 3, 7}), torch::zeros({2, 3}));
      },
      "interpolate_weights: previous_weights is [2, 3, 7], expected [batch=2, heads=3, slots=8]; "
      "sizes fixed by content_weights [2, 3, 8]");
  expect_error(
      [&] {
        shift_weights(weights, torch::zeros({2, 1, 3}));
      },
      "shift_weights: shifts is [2, 1, 3], expected [batch=2, heads=3, shifts]; sizes fixed by "
      "weights [2, 3, 8]");
  expect_error(
      [&] {
        shift_weights(weights, torch::zeros({2, 3, 4}));
      },
      "shift_weights: shifts is [2, 3, 4], expected an odd number of shifts: as many forward as "
      "back, and none");
  expect_error([&] { sharpen_weights(weights, torch::zeros({2})); },
               "sharpen_weights: sharpenings is [2], expected [batch=2, heads=3]; sizes fixed by weights "
               "[2, 3, 8]");
}

}  // namespace
}  // namespace mneme
