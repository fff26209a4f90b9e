#include "mneme/models/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "mneme/core/error.h"

namespace mneme {
namespace {

/// How often each of four tokens was chosen, of 4000 draws. Their probabilities are 0.4, 0.3, 0.2 and 0.1.
std::vector<int> draws(const SamplingOptions& options) {
  const float logits[] = {std::log(0.2f), std::log(0.4f), std::log(0.1f), std::log(0.3f)};
  std::vector<int> counts(4);
  Random random(7);
  for (int i = 0; i < 4000; ++i)
    ++counts[static_cast<size_t>(choose_token(logits, 4, options, random).token)];
  return counts;
}

constexpr int kSlack = 160;  // five standard deviations of a share of one half in 4000 draws

TEST(Sampling, DrawsByTheModelsProbabilities) {
  const auto counts = draws({});
  EXPECT_NEAR(counts[0], 800, kSlack);
  EXPECT_NEAR(counts[1], 1600, kSlack);
  EXPECT_NEAR(counts[2], 400, kSlack);
  EXPECT_NEAR(counts[3], 1200, kSlack);
}

TEST(Sampling, TemperatureSharpens) {
  const auto counts = draws({.temperature = 0.5});  // squares: 4 : 16 : 1 : 9
  EXPECT_NEAR(counts[1], 4000 * 16 / 30, kSlack);
  EXPECT_NEAR(counts[2], 4000 / 30, kSlack);
  EXPECT_EQ(draws({.temperature = 0})[1], 4000);
}

TEST(Sampling, TopKKeepsSoMany) {
  const auto counts = draws({.top_k = 2});
  EXPECT_NEAR(counts[1], 4000 * 4 / 7, kSlack);
  EXPECT_EQ(counts[0] + counts[2], 0);
}

TEST(Sampling, TopPKeepsTheFewestThatHaveIt) {
  const auto counts = draws({.top_p = 0.65});  // 0.4 and 0.3
  EXPECT_NEAR(counts[3], 4000 * 3 / 7, kSlack);
  EXPECT_EQ(counts[0] + counts[2], 0);
  EXPECT_EQ(draws({.top_p = 0})[1], 4000);
}

TEST(Sampling, TellsBothProbabilities) {
  const float logits[] = {0, std::log(3.0f)};
  Random random(1);
  const Choice choice = choose_token(logits, 2, {.temperature = 0}, random);
  EXPECT_EQ(choice.token, 1);
  EXPECT_NEAR(choice.probability, 0.75, 1e-6);
  EXPECT_EQ(choice.chosen_probability, 1);
  const Choice sharp = choose_token(logits, 2, {.temperature = 0.5}, random);  // 1 : 9
  EXPECT_NEAR(sharp.chosen_probability, sharp.token == 1 ? 0.9 : 0.1, 1e-6);
}

TEST(Sampling, OfEqualTokensTheFirstIsLikelier) {
  const float logits[] = {1, 2, 2, 1};
  EXPECT_EQ(likeliest_tokens(logits, 4, 9), (std::vector<int64_t>{1, 2, 0, 3}));
  Random random(1);
  EXPECT_EQ(choose_token(logits, 4, {.temperature = 0}, random).token, 1);
}

TEST(Sampling, RefusesWhatIsNoNumber) {
  const float logits[] = {1, std::numeric_limits<float>::quiet_NaN()};
  Random random(1);
  EXPECT_THROW(choose_token(logits, 2, {}, random), Error);
  EXPECT_THROW(choose_token(logits, 0, {}, random), Error);
}

}  // namespace
}  // namespace mneme
