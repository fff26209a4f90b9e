#include "mneme/inspect/ponder_views.h"

#include <gtest/gtest.h>

#include "inspect/view_values.h"

namespace mneme {
namespace {

TEST(PonderViews, ShowTheInnerStepsOfASequence) {
  const auto task = make_task("sort", {});
  Random random(1);
  const Batch batch = task->test({{{"numbers", 2}}}, 2, 2, random).at(0);
  ActRecord record;
  record.steps = torch::tensor({{9, 9, 9, 9}, {1, 3, 2, 1}}, torch::kLong);
  record.remainders = torch::tensor({1.0, 0.25, 0.5, 1.0}).view({1, 4}).expand({2, 4});
  record.halting = record.weights = torch::arange(72, torch::kFloat).view({2, 4, 9});
  record.logits = torch::zeros({2, 4, 15});
  const auto view = act_episode_view("Sort", *task, batch, 1, record);
  EXPECT_EQ(view.kind, "act-episode");
  EXPECT_EQ(values_of(view, "ponder"), (std::vector<float>{1, 3, 2, 1}));
  EXPECT_EQ(values_of(view, "remainder"), (std::vector<float>{1, 0.25f, 0.5f, 1}));
  // No more inner steps than this sequence took.
  EXPECT_EQ(array_of(view, "halting").shape, (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(values_of(view, "halting_weights")[4 + 2], 36 + 2 * 9 + 1);  // inner step 2 of step 3
}

TEST(PonderViews, SetThinkingAgainstDifficulty) {
  const auto task = make_task("parity", {{"test_values", {std::vector<int64_t>{2, 64}, "test"}}});
  ActOptions options;
  options.cell = "rnn";
  options.hidden = 4;
  options.max_steps = 1;
  Random random(1);
  ActRnnImpl model(options, ModelSizes{64, 1}, random);
  const auto view = ponder_view(model, *task, 10, random);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->facts.at("difficulty"), "values");
  EXPECT_EQ(values_of(*view, "difficulty"), (std::vector<float>{2, 64}));
  EXPECT_EQ(values_of(*view, "ponder"), (std::vector<float>{1, 1}));
  EXPECT_EQ(values_of(*view, "error").size(), 2u);
}

TEST(PonderViews, SetNetsOfSeveralPricesSideBySide) {
  const auto view = ponder_sweep_view("values", {2, 64}, "error_percent",
                                      {{0.1, {40, 50}, {1, 1.5}}, {0.001, {0, 25}, {2, 7}}});
  EXPECT_EQ(view.kind, "ponder-sweep");
  EXPECT_EQ(values_of(view, "difficulty"), (std::vector<float>{2, 64}));
  EXPECT_EQ(values_of(view, "time_penalty"), (std::vector<float>{0.001f, 0.1f}));  // by rising price
  EXPECT_EQ(array_of(view, "error").shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(values_of(view, "error"), (std::vector<float>{0, 25, 40, 50}));
  EXPECT_EQ(values_of(view, "ponder"), (std::vector<float>{2, 7, 1, 1.5f}));
}

TEST(PonderViews, NameThePositionsThatWereThoughtOver) {
  const auto task = make_task("symbols", {});
  UniversalTransformerOptions options;
  options.width = 8;
  options.heads = 2;
  options.hidden = 4;
  Random random(1);
  UniversalTransformerImpl model(
      options, ModelSizes{1, task->sizes().outputs, task->sizes().tokens, task->sizes().context_tokens}, random);
  const Batch batch = task->test({{{"length", 3}}}, 1, 1, random).at(0);
  const auto view = ponder_words_view("Copy", *task, batch, 0, model.record(batch));
  EXPECT_EQ(view.kind, "ponder-words");
  EXPECT_EQ(values_of(view, "context_ponder").size(), 3u);
  EXPECT_EQ(values_of(view, "ponder").size(), 4u);
  EXPECT_EQ(view.facts.at("words").substr(0, 2), "0|");
}

}  // namespace
}  // namespace mneme
