// bAbI on the published files, where MNEME_DATA has them.
#include <cstdlib>

#include "mneme/tasks/babi/babi.h"
#include "task_checks.h"

namespace mneme {
namespace {

int64_t questions_in(const Batch& batch) {
  const at::Tensor before = torch::constant_pad_nd(batch.mask.slice(1, 0, batch.mask.size(1) - 1), {1, 0}, 0);
  return batch.mask.logical_and(before.logical_not()).sum().item<int64_t>();
}

class BabiPublished : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (std::getenv("MNEME_DATA") == nullptr)
      GTEST_SKIP() << "MNEME_DATA is not set: the published files are not read";
    try {
      task_ = make_task("babi", settings_of({{"set", GetParam()}}));
    } catch (const DataError& error) {
      GTEST_SKIP() << error.what();
    }
  }
  std::unique_ptr<Task> task_;
};
INSTANTIATE_TEST_SUITE_P(Sets, BabiPublished, testing::Values("en", "en-10k"),
                         [](const auto& info) { return info.param == "en" ? "en" : "en10k"; });

TEST_P(BabiPublished, TwentyTestFilesOfAThousandQuestions) {
  EXPECT_EQ(task_->sizes().features, 159);  // 156 words, `.`, `?`, `-`, as in the DNC paper
  const auto settings = task_->test_settings();
  ASSERT_EQ(settings.size(), 20u);
  Random random(1);
  for (size_t row = 0; row < 20; ++row) {
    EXPECT_EQ(settings[row].values.at("task"), static_cast<int64_t>(row) + 1);
    int64_t questions = 0;
    for (const auto& batch : task_->test(settings[row], 1, 64, random)) {
      expect_well_formed(batch, task_->sizes());
      questions += questions_in(batch);
    }
    EXPECT_EQ(questions, 1000) << "task " << row + 1;
  }
}

TEST_P(BabiPublished, ATenthOfTheStoriesIsHeldOut) {
  Random random(1);
  int64_t stories = 0;
  for (const auto& batch : task_->validation(1 << 30, 256, random)) stories += batch.inputs.size(0);
  // All stories of the training files within 800 words, a tenth of them.
  EXPECT_EQ(stories, GetParam() == "en" ? 622 : 6098);
}

// The share of steps that are no padding, over 200 batches of 16.
double share_of_steps(int64_t length_groups) {
  const auto task =
      make_task("babi", settings_of({{"set", std::string("en")}, {"length_groups", length_groups}}));
  Random random(1);
  double steps = 0, padded = 0;
  for (int draw = 0; draw < 200; ++draw) {
    const Batch batch = task->sample(16, random);
    EXPECT_LE(batch.inputs.size(1), 800);
    steps += batch.lengths.sum().item<double>();
    padded += static_cast<double>(batch.mask.numel());
  }
  return steps / padded;
}

TEST(BabiPublishedBatches, HaveLessPaddingTheFinerTheyAreGroupedByLength) {
  if (std::getenv("MNEME_DATA") == nullptr)
    GTEST_SKIP() << "MNEME_DATA is not set: the published files are not read";
  const double mixed = share_of_steps(1), grouped = share_of_steps(16), fine = share_of_steps(64);
  EXPECT_LT(mixed, 0.4);
  EXPECT_GT(grouped, 0.7);
  EXPECT_GT(fine, 0.9);
}

}  // namespace
}  // namespace mneme
