// The golden numbers were computed in Python from the published algorithms (xoshiro256**, SplitMix64,
// FNV-1a), not with this code. The first numbers of SplitMix64 from 1234567 and of xoshiro256** from the
// state 1 2 3 4, which that Python program gave too, are the ones that the literature lists.
#include "mneme/core/random.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/temporary_folder.h"
#include "mneme/core/error.h"

namespace mneme {
namespace {

using test::error_text;
using Words = std::vector<uint64_t>;

Words next_words(Random random, int count) {
  Words words;
  while (count-- > 0) words.push_back(random());
  return words;
}

TEST(Random, GivesTheNumbersOfXoshiro256StarStar) {
  Random random;
  random.set_state("0000000000000001 0000000000000002 0000000000000003 0000000000000004");
  EXPECT_EQ(next_words(random, 6),
            (Words{11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600}));
}

TEST(Random, FillsItsStateWithSplitMix64) {
  EXPECT_EQ(Random(1234567).state(), [] {
    char text[68];
    std::snprintf(text, sizeof text, "%016lx %016lx %016lx %016lx", 6457827717110365317u,
                  3203168211198807973u, 9817491932198370423u, 4593380528125082431u);
    return std::string(text);
  }());
  EXPECT_EQ(next_words(Random(0), 4),
            (Words{0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c}));
  EXPECT_EQ(next_words(Random(42), 4),
            (Words{0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1, 0xecb8ad4703b360a1}));
}

TEST(Random, GoldenNumbersOfEveryDistribution) {
  Random uniform(42), integer(42), normal(42), beta(42);
  for (const double expected : {0.08386297105988216, 0.3789802506626686, 0.6800434110281394})
    EXPECT_EQ(uniform.uniform(), expected);
  for (const int64_t expected : {-2, 1, 5, 9, 9, 7, 6, 8, 6, 4, 5, 0})
    EXPECT_EQ(integer.integer(-3, 9), expected);
  // Python's log may differ in the last place.
  for (const double expected :
       {-0.7262191382447857, 0.2216227015035933, 0.46417731016247366, 1.476249461018415, 1.0078198992420604})
    EXPECT_NEAR(normal.normal(), expected, 1e-15 * std::abs(expected));
  for (const double expected :
       {0.9220205157596281, 0.15234360063598457, 0.281828220218345, 0.9076964089022636})
    EXPECT_NEAR(beta.beta_half_half(), expected, 4e-16);
}

TEST(Random, ItsLogarithmAgreesWithTheLibraryEverywhere) {
  // normal() draws x and y and gives x sqrt(-2 log(q) / q): done again here with the library's log.
  Random random(3);
  for (int i = 0; i < 20000; ++i) {
    Random copy = random;
    double x, q;
    do {
      x = copy.uniform(-1, 1);
      const double y = copy.uniform(-1, 1);
      q = std::fma(x, x, y * y);
    } while (q >= 1 || q == 0);
    const double expected = x * std::sqrt(-2 * std::log(q) / q);
    ASSERT_NEAR(random.normal(), expected, 1e-15 * std::abs(expected)) << "q = " << q;
  }
}

// Mean and variance of many draws against the law's own, within 5 standard errors.
template <class Draw>
void expect_moments(Draw draw, double mean, double variance, double fourth_central_moment) {
  constexpr int kDraws = 400000;
  std::vector<double> values(kDraws);
  for (double& value : values) value = draw();
  const double found_mean = std::accumulate(values.begin(), values.end(), 0.0) / kDraws;
  double found_variance = 0;
  for (const double value : values) found_variance += (value - found_mean) * (value - found_mean) / kDraws;
  EXPECT_NEAR(found_mean, mean, 5 * std::sqrt(variance / kDraws));
  EXPECT_NEAR(found_variance, variance,
              5 * std::sqrt((fourth_central_moment - variance * variance) / kDraws));
}

TEST(Random, DistributionsHaveTheirMoments) {
  Random random(11);
  expect_moments([&] { return random.uniform(); }, 0.5, 1.0 / 12, 1.0 / 80);
  expect_moments([&] { return random.uniform(-3, 5); }, 1, 64.0 / 12, 4096.0 / 80);
  expect_moments([&] { return random.normal(); }, 0, 1, 3);
  expect_moments([&] { return random.beta_half_half(); }, 0.5, 1.0 / 8, 3.0 / 128);
  expect_moments([&] { return random.coin(0.1); }, 0.1, 0.09, 0.9 * 1e-4 + 0.1 * 0.9 * 0.9 * 0.9 * 0.9);
  expect_moments([&] { return static_cast<double>(random.integer(1, 6)); }, 3.5, 35.0 / 12, 707.0 / 48);
}

TEST(Random, NormalHasItsTails) {
  Random random(12);
  int beyond_two = 0, beyond_three = 0;
  constexpr int kDraws = 1000000;
  for (int i = 0; i < kDraws; ++i) {
    const double size = std::abs(random.normal());
    beyond_two += size > 2;
    beyond_three += size > 3;
  }
  // Five standard deviations of a count round its expectation.
  EXPECT_NEAR(beyond_two, 0.0455003 * kDraws, 5 * std::sqrt(0.0455003 * kDraws));
  EXPECT_NEAR(beyond_three, 0.0026998 * kDraws, 5 * std::sqrt(0.0026998 * kDraws));
}

TEST(Random, BetaFollowsTheArcsineLaw) {
  Random random(13);
  int below_tenth = 0;
  constexpr int kDraws = 400000;
  for (int i = 0; i < kDraws; ++i) below_tenth += random.beta_half_half() < 0.1;
  const double probability = 2 / M_PI * std::asin(std::sqrt(0.1));
  EXPECT_NEAR(below_tenth, probability * kDraws, 5 * std::sqrt(probability * (1 - probability) * kDraws));
}

TEST(Random, IntegersAreUnbiasedWhereTheModuloIsNot) {
  // 3 x 2^62 values: `word % count` would give the first third twice as often.
  Random random(14);
  const int64_t low = std::numeric_limits<int64_t>::min();
  const int64_t third = int64_t{1} << 62, high = third - 1;
  int first_third = 0;
  constexpr int kDraws = 90000;
  for (int i = 0; i < kDraws; ++i) first_third += random.integer(low, high) < low + third;
  EXPECT_NEAR(first_third, kDraws / 3, 5 * std::sqrt(kDraws * 2.0 / 9));
}

TEST(Random, TakesTheWholeRangeOfIntegers) {
  Random random(15), words(15);
  const int64_t low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(random.integer(low, high), static_cast<int64_t>(words()));
  EXPECT_EQ(error_text<Error>([&] { random.integer(2, 1); }),
            "Random::integer: low is 2, expected at most high = 1");
}

RC_GTEST_PROP(Random, StaysWithinItsBounds, (uint64_t seed, int64_t one, int64_t other)) {
  Random random(seed);
  const auto [low, high] = std::minmax(one, other);
  const int64_t integer = random.integer(low, high);
  RC_ASSERT(integer >= low && integer <= high);
  // Bounds so near that rounding would often reach the upper one.
  const double below = static_cast<double>(one), above = std::nextafter(below, INFINITY);
  RC_ASSERT(random.uniform(below, above) == below);
  const double beta = random.beta_half_half();
  RC_ASSERT(beta >= 0 && beta <= 1);
}

TEST(Random, ShuffleGivesEveryOrderEquallyOften) {
  Random random(16);
  std::map<std::string, int> count;
  constexpr int kShuffles = 60000;
  for (int i = 0; i < kShuffles; ++i) {
    std::vector<char> letters{'a', 'b', 'c'};
    random.shuffle(letters);
    ++count[std::string(letters.begin(), letters.end())];
  }
  ASSERT_EQ(count.size(), 6u);
  for (const auto& [order, times] : count)
    EXPECT_NEAR(times, kShuffles / 6, 5 * std::sqrt(kShuffles * 5.0 / 36)) << order;
}

RC_GTEST_PROP(Random, GoesOnFromASavedState, (uint64_t seed)) {
  Random random(seed);
  const auto skipped = *rc::gen::inRange(0, 100);
  for (int i = 0; i < skipped; ++i) random.normal();
  Random other(seed + 1);
  other.set_state(random.state());
  RC_ASSERT(other.state() == random.state());
  for (int i = 0; i < 20; ++i) RC_ASSERT(other.normal() == random.normal());
}

TEST(Random, RefusesTextsThatAreNoState) {
  Random random(5);
  const std::string before = random.state();
  EXPECT_EQ(error_text<Error>([&] { random.set_state("12 34"); }),
            "Random::set_state: text is \"12 34\", expected four words of 16 hexadecimal digits");
  const std::string zeros = "0000000000000000 0000000000000000 0000000000000000 0000000000000000";
  EXPECT_EQ(error_text<Error>([&] { random.set_state(zeros); }),
            "Random::set_state: text is \"" + zeros +
                "\", expected a word other than zero: this generator never leaves zero");
  for (const size_t place : {size_t{0}, size_t{16}, before.size() - 1}) {
    std::string damaged = before;
    damaged[place] = 'x';
    EXPECT_THROW(random.set_state(damaged), Error) << damaged;
  }
  EXPECT_EQ(random.state(), before);
}

TEST(Seed, StreamsHaveTheirGoldenNumbers) {
  const Seed seed(7);
  EXPECT_EQ(next_words(seed.stream("parameters"), 3),
            (Words{0x42174410d4a05704, 0x569fd4f69973f48b, 0x622d7415a295709a}));
  EXPECT_EQ(next_words(seed.stream("test data"), 3),
            (Words{0x0466eab4ed43e282, 0x64e20dba340664a1, 0x7e9e159951390628}));
}

TEST(Seed, StreamsOfNeighbouringSeedsAndNamesAreUnrelated) {
  // Bits that agree between two streams: half of them, within 5 standard deviations.
  const auto agreeing_bits = [](Random one, Random other) {
    int bits = 0;
    for (int i = 0; i < 1000; ++i) bits += __builtin_popcountll(~(one() ^ other()));
    return bits;
  };
  const double deviation = 5 * std::sqrt(64000.0) / 2;
  EXPECT_NEAR(agreeing_bits(Seed(1).stream("a"), Seed(1).stream("b")), 32000, deviation);
  EXPECT_NEAR(agreeing_bits(Seed(1).stream("a"), Seed(2).stream("a")), 32000, deviation);
  EXPECT_NEAR(agreeing_bits(Seed(0).stream(""), Random(0)), 32000, deviation);
}

}  // namespace
}  // namespace mneme
