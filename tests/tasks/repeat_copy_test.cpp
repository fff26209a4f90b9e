#include "mneme/tasks/repeat_copy.h"

#include "task_checks.h"

namespace mneme {
namespace {

using Range = std::pair<int64_t, int64_t>;

TEST(RepeatCopy, HasThePapersRanges) {
  const RepeatCopyTask task({});
  EXPECT_EQ(task.sizes().features, 10);
  EXPECT_EQ(task.sizes().outputs, 9);
  std::vector<Range> rows;
  for (const auto& setting : task.test_settings())
    rows.emplace_back(setting.values.at("length"), setting.values.at("repeats"));
  EXPECT_EQ(rows, (std::vector<Range>{{10, 10}, {20, 10}, {10, 20}}));
}

TEST(RepeatCopy, TheAnswerIsTheInputRepeatedAndAnEndMarker) {
  const RepeatCopyTask task({});
  Random random(1);
  const Batch batch = task.sample(100, random);
  for (int64_t i = 0; i < 100; ++i) {
    const at::Tensor inputs = batch.inputs[i];
    const auto length = inputs.select(1, 8).argmax().item<int64_t>();
    EXPECT_EQ(inputs.select(1, 8).sum().item<float>(), 1);  // one delimiter
    const auto number =
        static_cast<int64_t>(std::lround(inputs[length][9].item<double>() * std::sqrt(99.0 / 12) + 5.5));
    EXPECT_EQ(inputs.select(1, 9).count_nonzero().item<int64_t>(), 1);
    EXPECT_EQ(inputs.slice(0, length).slice(1, 0, 8).count_nonzero().item<int64_t>(), 0);
    EXPECT_EQ(batch.lengths[i].item<int64_t>(), length + 1 + length * number + 1);

    const at::Tensor vectors = inputs.slice(0, 0, length).slice(1, 0, 8);
    const at::Tensor copies =
        torch::cat({vectors.repeat({number, 1}), torch::zeros({length * number, 1})}, 1);
    const at::Tensor end = torch::tensor({0, 0, 0, 0, 0, 0, 0, 0, 1}, torch::kFloat).unsqueeze(0);
    const at::Tensor due = batch.mask[i].nonzero().flatten();
    EXPECT_TRUE(due.equal(torch::arange(length + 1, length + 2 + length * number)));
    EXPECT_TRUE(batch.targets[i].index_select(0, due).equal(torch::cat({copies, end})));
  }
}

TEST(RepeatCopy, RepeatsAreNormalisedOverTheTrainingRange) {
  const RepeatCopyTask task({});
  double mean = 0, square = 0;
  for (int64_t repeats = 1; repeats <= 10; ++repeats) {
    mean += task.normalised_repeats(repeats) / 10;
    square += std::pow(task.normalised_repeats(repeats), 2) / 10;
  }
  EXPECT_NEAR(mean, 0, 1e-12);
  EXPECT_NEAR(square, 1, 1e-12);
  EXPECT_NEAR(task.normalised_repeats(20), 14.5 / std::sqrt(8.25), 1e-12);
  const RepeatCopyTask constant(settings_of({{"min_repeats", int64_t{3}}, {"max_repeats", int64_t{3}}}));
  EXPECT_EQ(constant.normalised_repeats(3), 0);
}

TEST(RepeatCopy, LengthsAndRepeatsAreUniformAndIndependent) {
  const RepeatCopyTask task({});
  Random random(1);
  const Batch batch = task.sample(10000, random);
  const at::Tensor length = batch.inputs.select(2, 8).argmax(1);
  const at::Tensor repeats = (batch.lengths - 2).div(length, "floor") - 1;
  const at::Tensor counts = torch::bincount(length * 11 + repeats, {}, 121).view({11, 11});
  EXPECT_EQ(counts.select(0, 0).sum().item<int64_t>() + counts.select(1, 0).sum().item<int64_t>(), 0);
  // 100 expected of each pair, standard deviation 10: 5 of them.
  EXPECT_GT(counts.slice(0, 1).slice(1, 1).min().item<int64_t>(), 50);
  EXPECT_LT(counts.max().item<int64_t>(), 150);
}

TEST(RepeatCopy, DifficultyScalesBothRanges) {
  RepeatCopyTask task({});
  task.set_difficulty(0.5);
  Random random(1);
  const Batch batch = task.sample(1000, random);
  const at::Tensor length = batch.inputs.select(2, 8).argmax(1);
  EXPECT_EQ(length.max().item<int64_t>(), 6);  // 1 + round(4.5)
  EXPECT_EQ(((batch.lengths - 2).div(length, "floor") - 1).max().item<int64_t>(), 6);
}

TEST(RepeatCopy, RowsOfTheTestMustBePairs) {
  EXPECT_EQ(error_text<UsageError>([] {
              RepeatCopyTask(settings_of({{"test_repeats", std::vector<int64_t>{3}}}));
            }),
            "test.toml:1:1: task.test_repeats has 1 values, expected 3, one for each of task.test_lengths");
}

TEST(RepeatCopy, PrintsAsAPersonWouldWrite) {
  const RepeatCopyTask task({});
  Random random(4);
  const Batch batch = task.test({{{"length", 3}, {"repeats", 2}}}, 1, 1, random).front();
  EXPECT_EQ(task.print(batch, 0, {}),
            R"(repeat copy of 3 vectors, 2 times
       input  target 1  target 2  end
bit 1  █▁▁    █▁▁       █▁▁       ▁
bit 2  ██▁    ██▁       ██▁       ▁
bit 3  ▁▁█    ▁▁█       ▁▁█       ▁
bit 4  ▁██    ▁██       ▁██       ▁
bit 5  ███    ███       ███       ▁
bit 6  ▁██    ▁██       ▁██       ▁
bit 7  ▁▁█    ▁▁█       ▁▁█       ▁
bit 8  ▁▁▁    ▁▁▁       ▁▁▁       ▁
end           ▁▁▁       ▁▁▁       █
)");
  EXPECT_EQ(task.print(batch, 0, three_wrong_bits(batch)),
            R"(repeat copy of 3 vectors, 2 times, 3 of 63 bits wrong (+ not due, - missing)
       input  answer 1  answer 2  end
bit 1  █▁▁    -▁▁       █▁▁       ▁
bit 2  ██▁    ██▁       ██▁       ▁
bit 3  ▁▁█    ▁▁█       ▁▁█       ▁
bit 4  ▁██    ▁██       ▁██       ▁
bit 5  ███    ███       ███       ▁
bit 6  ▁██    ▁██       ▁██       ▁
bit 7  ▁▁█    ▁▁█       ▁▁█       ▁
bit 8  ▁▁▁    ▁▁▁       ▁▁▁       ▁
end           ▁▁▁       ▁▁+       -
)");
}

TEST(RepeatCopy, TheVectorsAreAlsoScoredWithoutTheEndMarker) {
  const RepeatCopyTask task({});
  Random random(4);
  const Batch batch = task.test({{{"length", 3}, {"repeats", 2}}}, 1, 1, random).front();
  // One of the three is a bit of a vector; the 7 steps that are due have 8 bits of a vector and an end marker each.
  const Score score = task.score(batch, three_wrong_bits(batch));
  EXPECT_DOUBLE_EQ(score.figures.at("wrong_bits_percent").value(), 100.0 * 3 / 63);
  EXPECT_DOUBLE_EQ(score.figures.at("wrong_vector_bits_percent").value(), 100.0 * 1 / 56);
}

}  // namespace
}  // namespace mneme
