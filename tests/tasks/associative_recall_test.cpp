#include "mneme/tasks/associative_recall.h"

#include "task_checks.h"

namespace mneme {
namespace {

TEST(AssociativeRecall, HasThePapersRanges) {
  const AssociativeRecallTask task({});
  EXPECT_EQ(task.sizes().features, 8);
  EXPECT_EQ(task.sizes().outputs, 6);
  std::vector<int64_t> rows;
  for (const auto& setting : task.test_settings()) rows.push_back(setting.values.at("items"));
  EXPECT_EQ(rows, (std::vector<int64_t>{6, 8, 10, 12, 15, 20}));
}

// Reads the sequence as a person would: from delimiter to delimiter.
TEST(AssociativeRecall, TheAnswerIsTheItemAfterTheQuery) {
  const AssociativeRecallTask task({});
  Random random(1);
  const Batch batch = task.sample(200, random);
  std::map<std::pair<size_t, size_t>, int> asked;
  for (int64_t i = 0; i < 200; ++i) {
    const at::Tensor inputs = batch.inputs[i].slice(0, 0, batch.lengths[i].item<int64_t>());
    const at::Tensor item_starts = inputs.select(1, 6).nonzero().flatten();
    const at::Tensor query_marks = inputs.select(1, 7).nonzero().flatten();
    ASSERT_EQ(query_marks.numel(), 2);
    const auto query_step = query_marks[0].item<int64_t>();
    EXPECT_EQ(query_marks[1].item<int64_t>(), query_step + 4);

    const auto item_after = [&](int64_t step) { return inputs.slice(0, step + 1, step + 4).slice(1, 0, 6); };
    std::vector<at::Tensor> items;
    for (int64_t item = 0; item < item_starts.numel(); ++item) {
      EXPECT_EQ(item_starts[item].item<int64_t>(), 4 * item);
      items.push_back(item_after(4 * item));
    }
    ASSERT_EQ(query_step, 4 * static_cast<int64_t>(items.size()));
    const auto is_query = [&](const at::Tensor& item) { return item.equal(item_after(query_step)); };
    EXPECT_EQ(std::count_if(items.begin(), items.end(), is_query), 1);
    const auto found =
        static_cast<size_t>(std::find_if(items.begin(), items.end(), is_query) - items.begin());
    ASSERT_LT(found + 1, items.size());
    ++asked[{items.size(), found}];

    const at::Tensor due = batch.mask[i].nonzero().flatten();
    EXPECT_TRUE(due.equal(torch::arange(query_step + 5, query_step + 8)));
    EXPECT_EQ(inputs.size(0), query_step + 8);
    EXPECT_TRUE(batch.targets[i].index_select(0, due).equal(items[found + 1]));
    EXPECT_EQ(inputs.slice(0, query_step + 4).slice(1, 0, 7).count_nonzero().item<int64_t>(), 0);
  }
  EXPECT_EQ(asked.size(), 1u + 2 + 3 + 4 + 5);  // every place in lists of 2 to 6 items
}

TEST(AssociativeRecall, NumbersOfItemsAreUniform) {
  const AssociativeRecallTask task({});
  Random random(1);
  const at::Tensor items = (task.sample(5000, random).lengths - 8).div(4, "floor");
  const at::Tensor counts = torch::bincount(items);
  EXPECT_EQ(items.min().item<int64_t>(), 2);
  EXPECT_EQ(items.max().item<int64_t>(), 6);
  // 1,000 expected, standard deviation 28: 5 of them.
  EXPECT_GT(counts.slice(0, 2).min().item<int64_t>(), 860);
}

TEST(AssociativeRecall, ItemsOfOneListDifferEvenWhenFewArePossible) {
  // 16 possible items, 8 in a list.
  const AssociativeRecallTask task(settings_of({{"bits", int64_t{2}},
                                                {"vectors", int64_t{2}},
                                                {"max_items", int64_t{8}},
                                                {"test_items", std::vector<int64_t>{8}}}));
  Random random(1);
  for (const auto& batch : task.test({{{"items", 8}}}, 200, 50, random))
    for (int64_t i = 0; i < batch.inputs.size(0); ++i) {
      const at::Tensor bits =
          batch.inputs[i].slice(0, 0, 24).view({8, 3, 4}).slice(1, 1).slice(2, 0, 2).reshape({8, 4});
      EXPECT_EQ(std::get<0>(at::unique_dim(bits, 0)).size(0), 8);
    }
  EXPECT_EQ(error_text<UsageError>([] {
              AssociativeRecallTask(settings_of({{"bits", int64_t{2}}, {"vectors", int64_t{2}}}));
            }),
            "associative-recall: an item of 2 vectors of 2 bits has 16 values, expected at least 40, twice "
            "the most items");
}

TEST(AssociativeRecall, ATestRowNeedsTwoItems) {
  const AssociativeRecallTask task({});
  Random random(1);
  EXPECT_EQ(error_text<UsageError>([&] {
              task.test({{{"items", 1}}}, 1, 1, random);
            }),
            "associative-recall: the test setting has items 1, expected at least 2");
}

TEST(AssociativeRecall, PrintsAsAPersonWouldWrite) {
  const AssociativeRecallTask task({});
  Random random(4);
  const Batch batch = task.test({{{"items", 3}}}, 1, 1, random).front();
  EXPECT_EQ(task.print(batch, 0, {}),
            R"(associative recall of 3 items: after item 2 comes item 3
       item 1  item 2  item 3  query  target
bit 1  █▁█     ███     ▁█▁     ███    ▁█▁
bit 2  █▁█     ███     █▁▁     ███    █▁▁
bit 3  ▁▁▁     █▁▁     ▁█▁     █▁▁    ▁█▁
bit 4  ▁█▁     ██▁     █▁▁     ██▁    █▁▁
bit 5  █▁▁     █▁█     ███     █▁█    ███
bit 6  ▁█▁     ▁█▁     █▁█     ▁█▁    █▁█
)");
  EXPECT_EQ(
      task.print(batch, 0, three_wrong_bits(batch)),
      R"(associative recall of 3 items: after item 2 comes item 3, 3 of 18 bits wrong (+ not due, - missing)
       item 1  item 2  item 3  query  answer
bit 1  █▁█     ███     ▁█▁     ███    +█▁
bit 2  █▁█     ███     █▁▁     ███    █▁▁
bit 3  ▁▁▁     █▁▁     ▁█▁     █▁▁    ▁█▁
bit 4  ▁█▁     ██▁     █▁▁     ██▁    █▁▁
bit 5  █▁▁     █▁█     ███     █▁█    ███
bit 6  ▁█▁     ▁█▁     █▁█     ▁█▁    █+-
)");
}

}  // namespace
}  // namespace mneme
