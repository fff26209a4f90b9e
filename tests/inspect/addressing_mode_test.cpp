#include "mneme/inspect/addressing_mode.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace mneme {
namespace {

using enum AddressingMode;

constexpr std::array<float, 3> kStay = {0.1f, 0.8f, 0.1f}, kForward = {0.05f, 0.05f, 0.9f},
                               kBack = {0.9f, 0.05f, 0.05f};

TEST(AddressingMode, ThreeModesByHand) {
  EXPECT_EQ(addressing_mode(0.99, 20, kStay, 128), content);
  EXPECT_EQ(addressing_mode(0.99, 20, kForward, 128), content_then_shift);
  EXPECT_EQ(addressing_mode(0.99, 20, kBack, 128), content_then_shift);
  EXPECT_EQ(addressing_mode(0.01, 20, kForward, 128), location);
  EXPECT_EQ(addressing_mode(0.01, 20, kStay, 128), location);
}

TEST(AddressingMode, AnOpenGateWithoutStrengthPointsNowhere) {
  // β = 0: f = 1/128, so the gate must be above 128/129 for content to outweigh the old weighting.
  EXPECT_EQ(addressing_mode(0.99, 0, kForward, 128), location);
  EXPECT_EQ(addressing_mode(0.995, 0, kForward, 128), content_then_shift);
  EXPECT_EQ(addressing_mode(1, 0, kStay, 128), content);
}

TEST(AddressingMode, TurnsWhereTheTwoSharesMeet) {
  // N = 4, e^β = 3: f = 3/6, so 1 - g = g·f at g = 2/3.
  const double strength = std::log(3.0);
  EXPECT_EQ(addressing_mode(2.0 / 3 - 1e-6, strength, kStay, 4), location);
  EXPECT_EQ(addressing_mode(2.0 / 3 + 1e-6, strength, kStay, 4), content);
}

TEST(AddressingMode, HoldsAtExtremes) {
  EXPECT_EQ(addressing_mode(0.6, 1e6, kStay, 128), content);
  EXPECT_EQ(addressing_mode(0.6, 0, std::vector<float>{1}, 1), content);  // one location, no shift
  EXPECT_EQ(addressing_mode(0, 1e6, kStay, 128), location);
}

TEST(AddressingMode, HasTheLecturesNames) {
  EXPECT_EQ(mode_name(content), "content");
  EXPECT_EQ(mode_name(content_then_shift), "content then shift");
  EXPECT_EQ(mode_name(location), "location only");
}

std::vector<float> focused(int64_t location, float weight = 0.9f) {
  std::vector<float> weights(8, (1 - weight) / 7);
  weights[static_cast<size_t>(location)] = weight;
  return weights;
}

TEST(HeadJump, IsAMoveBeyondTheShiftKernel) {
  EXPECT_FALSE(head_jumped(focused(3), focused(3), 1));
  EXPECT_FALSE(head_jumped(focused(3), focused(4), 1));
  EXPECT_TRUE(head_jumped(focused(3), focused(5), 1));
  EXPECT_FALSE(head_jumped(focused(3), focused(5), 2));
  EXPECT_TRUE(head_jumped(focused(7), focused(1), 1));
}

TEST(HeadJump, GoesRoundTheMemory) {
  EXPECT_FALSE(head_jumped(focused(7), focused(0), 1));
  EXPECT_FALSE(head_jumped(focused(0), focused(7), 1));
}

TEST(HeadJump, NeedsAPlaceToMoveFromAndTo) {
  EXPECT_FALSE(head_jumped(focused(1, 0.4f), focused(5), 1));
  EXPECT_FALSE(head_jumped(focused(1), focused(5, 0.4f), 1));
}

}  // namespace
}  // namespace mneme
