#include "mneme/training/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "mneme/training/curriculum.h"

namespace mneme {
namespace {

TEST(Schedule, RisesThenFalls) {
  TrainingOptions options;
  options.learning_rate = 2;
  options.length = "100u";
  options.warmup = "10u";
  options.final_rate = 0.1;
  const auto rate = [&](const char* shape, int64_t updates) {
    options.schedule = shape;
    return Schedule(options).rate({updates, updates * 4, 0});
  };
  for (const char* shape : {"constant", "cosine", "linear"}) {
    EXPECT_DOUBLE_EQ(rate(shape, 0), 0.2);
    EXPECT_DOUBLE_EQ(rate(shape, 4), 1.0);
  }
  EXPECT_DOUBLE_EQ(rate("constant", 100), 2);
  EXPECT_DOUBLE_EQ(rate("linear", 50), 0.2 + 1.8 * 0.5);
  EXPECT_DOUBLE_EQ(rate("cosine", 50), 0.2 + 1.8 * 0.5);
  EXPECT_DOUBLE_EQ(rate("linear", 100), 0.2);
  EXPECT_DOUBLE_EQ(rate("cosine", 100), 0.2);
  EXPECT_DOUBLE_EQ(rate("cosine", 150), 0.2);
}

TEST(Schedule, FallsWithTheRootOfTheUpdates) {
  // Vaswani et al. 2017, equation 3: d^-0.5 min(s^-0.5, s w^-1.5), with width 512 and a warm-up of 4,000.
  TrainingOptions options;
  options.learning_rate = 1 / std::sqrt(512.0 * 4000);
  options.warmup = "4ku";
  options.schedule = "inverse-sqrt";
  for (const int64_t step : {1, 100, 3999, 4000, 4001, 20000, 100000}) {
    const auto s = static_cast<double>(step);
    EXPECT_NEAR(Schedule(options).rate({step - 1, (step - 1) * 8, 0}),
                std::min(std::pow(s, -0.5), s * std::pow(4000.0, -1.5)) / std::sqrt(512.0), 1e-12);
  }
}

TEST(Curriculum, FollowsTheLength) {
  TrainingOptions options;
  EXPECT_EQ(Curriculum(options).difficulty(), 1);
  options.curriculum = "length";
  options.curriculum_length = "100u";
  options.curriculum_start = 0.5;
  Curriculum curriculum(options);
  EXPECT_DOUBLE_EQ(curriculum.difficulty(), 0.5);
  curriculum.update({50, 200, 0}, 9, 4);
  EXPECT_DOUBLE_EQ(curriculum.difficulty(), 0.75);
  curriculum.update({500, 2000, 0}, 9, 4);
  EXPECT_DOUBLE_EQ(curriculum.difficulty(), 1);
}

TEST(Curriculum, RisesWhenTheLossOrTheHeadlineIsLow) {
  TrainingOptions options;
  for (const char* kind : {"loss", "headline"}) {
    options.curriculum = kind;
    options.curriculum_start = 0.8;
    options.curriculum_step = 0.15;
    options.curriculum_below = 1;
    options.milestone_sequences = 8;
    Curriculum curriculum(options);
    const auto update = [&](double loss) {
      curriculum.update({}, loss, 4);
      return curriculum.difficulty();
    };
    EXPECT_DOUBLE_EQ(update(0), 0.8);  // 4 of 8 sequences
    EXPECT_DOUBLE_EQ(update(3), 0.8);  // their mean is 1.5
    EXPECT_DOUBLE_EQ(update(0.5), 0.8);
    EXPECT_DOUBLE_EQ(update(0.5), 0.95);
    update(0);
    EXPECT_DOUBLE_EQ(update(0), 1);
  }
}

TEST(Curriculum, RisesWhenValidationsStopFalling) {
  TrainingOptions options;
  options.curriculum = "validation";
  options.curriculum_start = 0.5;
  options.curriculum_step = 0.25;
  options.curriculum_patience = 2;
  Curriculum curriculum(options);
  const auto rises = [&](double headline) { return curriculum.validated(headline); };
  EXPECT_FALSE(rises(9));
  EXPECT_FALSE(rises(9));  // no better: once
  EXPECT_FALSE(rises(8));  // better
  EXPECT_FALSE(rises(8));
  Curriculum resumed(options);
  resumed.set_state(curriculum.state());
  EXPECT_TRUE(rises(8.5));
  EXPECT_DOUBLE_EQ(curriculum.difficulty(), 0.75);
  EXPECT_TRUE(resumed.validated(8.5));
  EXPECT_FALSE(rises(20));  // the first at the new difficulty
  EXPECT_FALSE(rises(20));
  EXPECT_TRUE(rises(20));
  EXPECT_DOUBLE_EQ(curriculum.difficulty(), 1);
  EXPECT_FALSE(rises(21));
  EXPECT_FALSE(rises(21));
}

}  // namespace
}  // namespace mneme
