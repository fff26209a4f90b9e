#include "mneme/tasks/priority_sort.h"

#include "task_checks.h"

namespace mneme {
namespace {

using Row = std::map<std::string, int64_t>;

TEST(PrioritySort, HasThePapersRanges) {
  const PrioritySortTask task({});
  EXPECT_EQ(task.sizes().features, 10);
  EXPECT_EQ(task.sizes().outputs, 8);
  ASSERT_EQ(task.test_settings().size(), 1u);
  EXPECT_EQ(task.test_settings().front().values, (Row{{"items", 20}, {"outputs", 16}}));
}

TEST(PrioritySort, TheAnswerIsTheHighestVectorsInOrder) {
  const PrioritySortTask task({});
  Random random(1);
  const Batch batch = task.sample(50, random);
  EXPECT_TRUE((batch.lengths == 37).all().item<bool>());
  for (int64_t i = 0; i < 50; ++i) {
    const at::Tensor inputs = batch.inputs[i];
    std::vector<std::pair<float, int64_t>> items;
    for (int64_t item = 0; item < 20; ++item) items.emplace_back(-inputs[item][8].item<float>(), item);
    std::sort(items.begin(), items.end());
    EXPECT_TRUE(batch.mask[i].nonzero().flatten().equal(torch::arange(21, 37)));
    for (int64_t rank = 0; rank < 16; ++rank)
      EXPECT_TRUE(
          batch.targets[i][21 + rank].equal(inputs[items[static_cast<size_t>(rank)].second].slice(0, 0, 8)));
    EXPECT_TRUE(inputs.select(1, 9).nonzero().flatten().equal(torch::tensor({int64_t{20}})));
    EXPECT_EQ(inputs.slice(0, 20).slice(1, 0, 9).count_nonzero().item<int64_t>(), 0);
  }
}

TEST(PrioritySort, PrioritiesAreUniform) {
  const PrioritySortTask task({});
  Random random(1);
  const at::Tensor priorities = task.sample(2000, random).inputs.slice(1, 0, 20).select(2, 8);
  EXPECT_GE(priorities.min().item<float>(), -1);
  EXPECT_LE(priorities.max().item<float>(), 1);
  // 5,000 expected in each eighth of the range, standard deviation 68: 5 of them.
  const at::Tensor counts = torch::histc(priorities, 8, -1, 1);
  EXPECT_GT(counts.min().item<float>(), 4660);
  EXPECT_LT(counts.max().item<float>(), 5340);
}

TEST(PrioritySort, DifficultyScalesTheItems) {
  PrioritySortTask task({});
  Random random(1);
  const auto steps = [&](double difficulty) {
    task.set_difficulty(difficulty);
    const Batch batch = task.sample(1, random);
    return std::pair(batch.inputs[0].select(1, 9).argmax().item<int64_t>(), batch.mask.sum().item<int64_t>());
  };
  EXPECT_EQ(steps(0), (std::pair<int64_t, int64_t>(1, 1)));
  EXPECT_EQ(steps(0.5), (std::pair<int64_t, int64_t>(11, 8)));
  EXPECT_EQ(steps(1), (std::pair<int64_t, int64_t>(20, 16)));
}

TEST(PrioritySort, OutputsAreAtMostTheItems) {
  EXPECT_EQ(error_text<UsageError>([] {
              PrioritySortTask(settings_of({{"items", int64_t{8}}}));
            }),
            "test.toml:1:1: task.outputs is 16, expected at most task.items, which is 8");
  const PrioritySortTask task({});
  Random random(1);
  EXPECT_EQ(error_text<UsageError>([&] {
              task.test({{{"items", 4}, {"outputs", 5}}}, 1, 1, random);
            }),
            "priority-sort: the test setting has outputs 5, expected at most its items, 4");
}

TEST(PrioritySort, PrintsAsAPersonWouldWrite) {
  const PrioritySortTask task({});
  Random random(4);
  const Batch batch = task.test({{{"items", 5}, {"outputs", 4}}}, 1, 1, random).front();
  EXPECT_EQ(task.print(batch, 0, {}),
            R"(priority sort: 4 of 5 vectors, by priority
priority  input       priority  target
   0.823  ██▁▁█▁▁▁       0.955  ▁▁█████▁
  -0.113  ▁█▁███▁▁       0.823  ██▁▁█▁▁▁
   0.955  ▁▁█████▁       0.224  ▁▁█▁▁█▁█
  -0.548  ██▁█▁███      -0.113  ▁█▁███▁▁
   0.224  ▁▁█▁▁█▁█
)");
  EXPECT_EQ(task.print(batch, 0, three_wrong_bits(batch)),
            R"(priority sort: 4 of 5 vectors, by priority, 3 of 32 bits wrong (+ not due, - missing)
priority  input       priority  answer
   0.823  ██▁▁█▁▁▁       0.955  +▁█████▁
  -0.113  ▁█▁███▁▁       0.823  ██▁▁█▁▁▁
   0.955  ▁▁█████▁       0.224  ▁▁█▁▁█▁-
  -0.548  ██▁█▁███      -0.113  ▁█▁███▁+
   0.224  ▁▁█▁▁█▁█
)");
}

}  // namespace
}  // namespace mneme
