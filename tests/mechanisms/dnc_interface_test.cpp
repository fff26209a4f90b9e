#include "mneme/mechanisms/dnc_interface.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

constexpr DncInterfaceSizes kInterfaceSizes{.read_heads = 2, .width = 3};

// Those that no option leaves out or adds.
std::vector<at::Tensor DncInterface::*> members_of_the_paper() {
  std::vector<at::Tensor DncInterface::*> members;
  for (const auto member : DncInterface::members())
    if ((split_interface(torch::zeros({1, kInterfaceSizes.interface()}), kInterfaceSizes).*member).defined())
      members.push_back(member);
  return members;
}

at::Tensor counting(double first, at::IntArrayRef sizes) {
  const auto count = c10::multiply_integers(sizes);
  return torch::arange(first, first + static_cast<double>(count), torch::kFloat64).view(sizes);
}

TEST(DncInterface, HasThePapersSize) {
  EXPECT_EQ((DncInterfaceSizes{.read_heads = 4, .width = 64}).interface(), 64 * 4 + 3 * 64 + 5 * 4 + 3);
}

TEST(DncInterface, GivesEachNumberToItsOwner) {
  ASSERT_EQ(kInterfaceSizes.interface(), 28);
  const auto parts = split_interface(counting(0, {1, 28}), kInterfaceSizes);
  EXPECT_TRUE(torch::equal(parts.read_keys, counting(0, {1, 2, 3})));
  EXPECT_TRUE(torch::equal(parts.read_strengths, counting(6, {1, 2})));
  EXPECT_TRUE(torch::equal(parts.write_key, counting(8, {1, 3})));
  EXPECT_TRUE(torch::equal(parts.write_strength, counting(11, {1})));
  EXPECT_TRUE(torch::equal(parts.erase, counting(12, {1, 3})));
  EXPECT_TRUE(torch::equal(parts.write_vector, counting(15, {1, 3})));
  EXPECT_TRUE(torch::equal(parts.free_gates, counting(18, {1, 2})));
  EXPECT_TRUE(torch::equal(parts.allocation_gate, counting(20, {1})));
  EXPECT_TRUE(torch::equal(parts.write_gate, counting(21, {1})));
  EXPECT_TRUE(torch::equal(parts.read_modes, counting(22, {1, 2, 3})));
}

TEST(DncInterface, AppendsWhatOptionsSayAndLeavesOutWhatTheyDoNot) {
  DncInterfaceSizes sizes{.read_heads = 2, .width = 3, .read_modes = true, .masks = true, .sharpness = true};
  ASSERT_EQ(sizes.interface(), 28 + 9 + 4);
  const auto parts = split_interface(counting(0, {1, 41}), sizes);
  EXPECT_TRUE(torch::equal(parts.read_masks, counting(28, {1, 2, 3})));
  EXPECT_TRUE(torch::equal(parts.write_mask, counting(34, {1, 3})));
  EXPECT_TRUE(torch::equal(parts.forward_sharpness, counting(37, {1, 2})));
  EXPECT_TRUE(torch::equal(parts.backward_sharpness, counting(39, {1, 2})));
  sizes.read_modes = false;
  const auto without = activate_interface(split_interface(counting(0, {1, 35}), sizes));
  EXPECT_FALSE(without.read_modes.defined());
  EXPECT_TRUE(torch::equal(without.read_masks, counting(22, {1, 2, 3}).sigmoid()));
  EXPECT_FALSE(
      activate_interface(split_interface(counting(0, {1, 28}), kInterfaceSizes)).write_mask.defined());
}

TEST(DncInterface, TakesWholeSequences) {
  const auto interface = random_tensor({2, 5, kInterfaceSizes.interface()}, 1);
  const auto whole = split_interface(interface, kInterfaceSizes);
  const auto step = split_interface(interface.select(1, 3), kInterfaceSizes);
  for (const auto member : members_of_the_paper())
    EXPECT_TRUE(torch::equal((whole.*member).select(1, 3), step.*member));
}

TEST(DncInterface, EqualsTheFunctionsByHand) {
  const auto raw = split_interface(torch::zeros({1, 28}, torch::kFloat64), kInterfaceSizes);
  const auto said = activate_interface(raw);
  const double one_plus_ln_2 = 1.6931471805599453;
  expect_near(said.read_strengths, torch::full({1, 2}, one_plus_ln_2, torch::kFloat64), 1e-15);
  expect_near(said.write_strength, torch::full({1}, one_plus_ln_2, torch::kFloat64), 1e-15);
  for (const auto& gate : {said.erase, said.free_gates, said.allocation_gate, said.write_gate})
    EXPECT_TRUE(torch::equal(gate, torch::full_like(gate, 0.5)));
  expect_near(said.read_modes, torch::full({1, 2, 3}, 1.0 / 3, torch::kFloat64), 1e-15);
  const auto counted = split_interface(counting(0, {1, 28}), kInterfaceSizes);
  const auto kept = activate_interface(counted);
  EXPECT_TRUE(torch::equal(kept.read_keys, counted.read_keys));
  EXPECT_TRUE(torch::equal(kept.write_key, counted.write_key));
  EXPECT_TRUE(torch::equal(kept.write_vector, counted.write_vector));
}

TEST(DncInterface, StaysInRangeAndFiniteFarOut) {
  for (const float far : {-1e4f, -50.0f, 50.0f, 1e4f}) {
    const auto said = activate_interface(split_interface(torch::full({1, 28}, far), kInterfaceSizes));
    for (const auto member : members_of_the_paper())
      EXPECT_TRUE((said.*member).isfinite().all().item<bool>()) << far;
    EXPECT_TRUE((said.read_strengths >= 1).all().item<bool>());
    EXPECT_TRUE((said.write_strength >= 1).all().item<bool>());
  }
}

TEST(DncInterface, HasTheGradientsOfItsEquations) {
  const TensorFunction function = [](const Tensors& in) {
    const auto said = activate_interface(split_interface(in[0], kInterfaceSizes));
    Tensors parts;
    for (const auto member : members_of_the_paper()) parts.push_back(said.*member);
    return parts;
  };
  EXPECT_TRUE(gradient_matches(function, {random_tensor({2, 28}, 1, -3, 3)}));
  EXPECT_TRUE(second_gradient_matches(function, {random_tensor({1, 28}, 1, -3, 3)}));
  // The softplus between 20 and 40, where the engine's default would return its argument.
  EXPECT_TRUE(gradient_matches(function, {torch::full({1, 28}, 21.0, torch::kFloat64)}));
}

TEST(DncInterface, SaysWhatDoesNotFit) {
  expect_error(
      [] {
        split_interface(torch::zeros({4, 27}), kInterfaceSizes);
      },
      "split_interface: interface is [4, 27], expected [batch, interface=28]; sizes fixed by interface=28 "
      "(DncInterfaceSizes)");
}

}  // namespace
}  // namespace mneme
