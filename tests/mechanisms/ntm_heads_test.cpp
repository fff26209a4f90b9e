#include "mneme/mechanisms/ntm_heads.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

constexpr NtmHeadSizes kHeadSizes{.read_heads = 1, .write_heads = 2, .width = 2, .shift_range = 1};

TEST(SplitInterface, GivesEachNumberToItsOwner) {
  ASSERT_EQ(kHeadSizes.interface(), 3 * (2 + 3 + 3) + 2 * 2 * 2);
  const auto interface = torch::arange(kHeadSizes.interface(), torch::kFloat64).unsqueeze(0);
  const auto heads = split_interface(interface, kHeadSizes);
  const auto counting = [](double first, at::IntArrayRef sizes) {
    int64_t count = 1;
    for (const auto size : sizes) count *= size;
    return torch::arange(first, first + static_cast<double>(count), torch::kFloat64).view(sizes);
  };
  EXPECT_TRUE(torch::equal(heads.keys, counting(0, {1, 3, 2})));
  EXPECT_TRUE(torch::equal(heads.strengths, counting(6, {1, 3})));
  EXPECT_TRUE(torch::equal(heads.gates, counting(9, {1, 3})));
  EXPECT_TRUE(torch::equal(heads.shifts, counting(12, {1, 3, 3})));
  EXPECT_TRUE(torch::equal(heads.sharpenings, counting(21, {1, 3})));
  EXPECT_TRUE(torch::equal(heads.erases, counting(24, {1, 2, 2})));
  EXPECT_TRUE(torch::equal(heads.adds, counting(28, {1, 2, 2})));
}

TEST(SplitInterface, TakesWholeSequences) {
  const auto interface = random_tensor({2, 5, kHeadSizes.interface()}, 1);
  const auto whole = split_interface(interface, kHeadSizes);
  const auto step = split_interface(interface.select(1, 3), kHeadSizes);
  for (const auto member : NtmHeadParameters::members())
    EXPECT_TRUE(torch::equal((whole.*member).select(1, 3), step.*member));
}

TEST(ActivateHeads, EqualsTheFunctionsByHand) {
  NtmHeadParameters raw;
  raw.keys = numbers({-3, 4}, {1, 1, 2});
  raw.strengths = numbers({0}, {1, 1});
  raw.gates = numbers({0}, {1, 1});
  raw.shifts = numbers({1, 1, 1}, {1, 1, 3});
  raw.sharpenings = numbers({-1}, {1, 1});
  raw.erases = numbers({-2, 2}, {1, 1, 2});
  raw.adds = numbers({-7, 7}, {1, 1, 2});
  const auto heads = activate_heads(raw);
  EXPECT_TRUE(torch::equal(heads.keys, raw.keys));
  expect_near(heads.strengths, numbers({0.6931471805599453}, {1, 1}), 1e-15);  // ln 2
  expect_near(heads.gates, numbers({0.5}, {1, 1}), 0);
  expect_near(heads.shifts, torch::full({1, 1, 3}, 1.0 / 3, torch::kFloat64), 1e-15);
  expect_near(heads.sharpenings, numbers({1.3132616875182228}, {1, 1}), 1e-15);  // 1 + ln(1 + 1/e)
  expect_near(heads.erases, numbers({0.11920292202211755, 0.8807970779778823}, {1, 1, 2}), 1e-15);
  EXPECT_TRUE(torch::equal(heads.adds, raw.adds));
}

TEST(ActivateHeads, StaysInRangeAndFiniteFarOut) {
  const NtmHeadSizes sizes{.read_heads = 1, .write_heads = 1, .width = 2, .shift_range = 1};
  for (const float far : {-1e4f, -50.0f, 50.0f, 1e4f}) {
    const auto interface = torch::full({1, sizes.interface()}, far);
    const auto heads = activate_heads(split_interface(interface, sizes));
    for (const auto member : NtmHeadParameters::members())
      EXPECT_TRUE((heads.*member).isfinite().all().item<bool>()) << far;
    EXPECT_TRUE((heads.strengths >= 0).all().item<bool>());
    EXPECT_TRUE((heads.sharpenings >= 1).all().item<bool>());
  }
}

TEST(ActivateHeads, HasTheGradientsOfItsEquations) {
  const TensorFunction function = [](const Tensors& in) {
    const auto heads = activate_heads(split_interface(in[0], kHeadSizes));
    Tensors parts;
    for (const auto member : NtmHeadParameters::members()) parts.push_back(heads.*member);
    return parts;
  };
  EXPECT_TRUE(gradient_matches(function, {random_tensor({2, kHeadSizes.interface()}, 1, -3, 3)}));
  EXPECT_TRUE(second_gradient_matches(function, {random_tensor({1, kHeadSizes.interface()}, 1, -3, 3)}));
  // The softplus between 20 and 40, where the engine's default would return its argument.
  EXPECT_TRUE(gradient_matches(function, {torch::full({1, kHeadSizes.interface()}, 21.0, torch::kFloat64)}));
}

TEST(SplitInterface, SaysWhatDoesNotFit) {
  expect_error(
      [] {
        split_interface(torch::zeros({4, 31}), kHeadSizes);
      },
      "split_interface: interface is [4, 31], expected [batch, interface=32]; sizes fixed by "
      "interface=32 (NtmHeadSizes)");
}

}  // namespace
}  // namespace mneme
