#include "mneme/tasks/copy.h"

#include "task_checks.h"

namespace mneme {
namespace {

TEST(Copy, HasThePapersRanges) {
  const CopyTask task({});
  EXPECT_EQ(task.sizes().features, 9);
  EXPECT_EQ(task.sizes().outputs, 8);
  std::vector<int64_t> lengths;
  for (const auto& setting : task.test_settings()) lengths.push_back(setting.values.at("length"));
  EXPECT_EQ(lengths, (std::vector<int64_t>{10, 20, 30, 50, 120}));
}

TEST(Copy, TheAnswerIsTheInput) {
  const CopyTask task({});
  Random random(1);
  const Batch batch = task.sample(50, random);
  for (int64_t i = 0; i < 50; ++i) {
    const int64_t length = (batch.lengths[i].item<int64_t>() - 1) / 2;
    const at::Tensor inputs = batch.inputs[i], due = batch.mask[i].nonzero().flatten();
    EXPECT_TRUE(due.equal(torch::arange(length + 1, 2 * length + 1)));
    EXPECT_TRUE(batch.targets[i]
                    .slice(0, length + 1, 2 * length + 1)
                    .equal(inputs.slice(0, 0, length).slice(1, 0, 8)));
    EXPECT_TRUE(inputs.select(1, 8).nonzero().flatten().equal(torch::tensor({length})));  // the delimiter
    EXPECT_EQ(inputs.slice(0, length).slice(1, 0, 8).count_nonzero().item<int64_t>(), 0);
  }
}

TEST(Copy, LengthsAndBitsAreUniform) {
  const CopyTask task({});
  Random random(1);
  const Batch batch = task.sample(20000, random);
  const at::Tensor counts = torch::bincount((batch.lengths - 1).div(2, "floor"), {}, 21);
  EXPECT_EQ(counts[0].item<int64_t>(), 0);
  // 1,000 expected of each length, standard deviation 31: 5 of them.
  EXPECT_GT(counts.slice(0, 1).min().item<int64_t>(), 845);
  EXPECT_LT(counts.slice(0, 1).max().item<int64_t>(), 1155);
  EXPECT_EQ(counts.size(0), 21);
  // Of about 1.7 million bits half are set: standard deviation 0.0004.
  const double bits = batch.mask.sum().item<double>() * 8;
  EXPECT_NEAR(batch.targets.sum().item<double>() / bits, 0.5, 0.002);
}

TEST(Copy, ValidationIsOfTheLengthsThatChooseTheCheckpoint) {
  const CopyTask task(settings_of({{"validation_lengths", std::vector<int64_t>{40, 60}}}));
  Random random(1);
  std::vector<int64_t> sizes, lengths;
  for (const Batch& batch : task.validation(5, 2, random)) {
    sizes.push_back(batch.inputs.size(0));
    for (int64_t i = 0; i < batch.inputs.size(0); ++i)
      lengths.push_back((batch.lengths[i].item<int64_t>() - 1) / 2);
  }
  EXPECT_EQ(sizes, (std::vector<int64_t>{2, 2, 1}));
  EXPECT_EQ(lengths, (std::vector<int64_t>{40, 40, 60, 60, 60}));
}

TEST(Copy, DifficultyScalesTheLongestLength) {
  CopyTask task(settings_of({{"min_length", int64_t{2}}, {"max_length", int64_t{12}}}));
  Random random(1);
  const auto range = [&](double difficulty) {
    task.set_difficulty(difficulty);
    const at::Tensor lengths = (task.sample(500, random).lengths - 1) / 2;
    return std::pair(lengths.min().item<int64_t>(), lengths.max().item<int64_t>());
  };
  EXPECT_EQ(range(0), (std::pair<int64_t, int64_t>(2, 2)));
  EXPECT_EQ(range(0.5), (std::pair<int64_t, int64_t>(2, 7)));
  EXPECT_EQ(range(1), (std::pair<int64_t, int64_t>(2, 12)));
}

TEST(Copy, OneLengthCanBeDrawnForAWholeBatch) {
  const CopyTask task(settings_of({{"length_per", std::string("batch")}}));
  Random random(1);
  std::set<int64_t> lengths;
  for (int draw = 0; draw < 300; ++draw) {
    const Batch batch = task.sample(3, random);
    EXPECT_TRUE((batch.lengths == batch.lengths[0]).all().item<bool>());
    lengths.insert(batch.lengths[0].item<int64_t>());
  }
  EXPECT_EQ(lengths.size(), 20u);
}

TEST(Copy, ATestRowHasItsLength) {
  const CopyTask task({});
  Random random(1);
  const auto batches = task.test({{{"length", 120}}}, 3, 2, random);
  ASSERT_EQ(batches.size(), 2u);
  for (const auto& batch : batches) EXPECT_TRUE((batch.lengths == 241).all().item<bool>());
}

TEST(Copy, PrintsAsAPersonWouldWrite) {
  const CopyTask task({});
  Random random(4);
  const Batch batch = task.test({{{"length", 5}}}, 1, 1, random).front();
  EXPECT_EQ(task.print(batch, 0, {}),
            R"(copy of 5 vectors
       input  target
bit 1  █▁▁█▁  █▁▁█▁
bit 2  ██▁█▁  ██▁█▁
bit 3  ▁▁█▁█  ▁▁█▁█
bit 4  ▁███▁  ▁███▁
bit 5  ███▁▁  ███▁▁
bit 6  ▁████  ▁████
bit 7  ▁▁██▁  ▁▁██▁
bit 8  ▁▁▁██  ▁▁▁██
)");
  EXPECT_EQ(task.print(batch, 0, three_wrong_bits(batch)),
            R"(copy of 5 vectors, 3 of 40 bits wrong (+ not due, - missing)
       input  answer
bit 1  █▁▁█▁  -▁▁█▁
bit 2  ██▁█▁  ██▁█▁
bit 3  ▁▁█▁█  ▁▁█▁█
bit 4  ▁███▁  ▁███▁
bit 5  ███▁▁  ███▁▁
bit 6  ▁████  ▁████
bit 7  ▁▁██▁  ▁▁██▁
bit 8  ▁▁▁██  ▁▁▁--
)");
}

TEST(Copy, LongSequencesAreWrittenBelowEachOther) {
  const CopyTask task({});
  Random random(4);
  const Batch batch = task.test({{{"length", 50}}}, 1, 1, random).front();
  const std::string text = task.print(batch, 0, {});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 2 * 9);
}

}  // namespace
}  // namespace mneme
