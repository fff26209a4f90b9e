#include "mneme/tasks/pen/pen_recognition.h"

#include <gtest/gtest.h>

#include "tasks/task_checks.h"

namespace mneme {
namespace {

/// Logits that say each text of a batch, a character at every other step.
at::Tensor saying(const Batch& batch, const std::vector<std::string>& texts) {
  auto logits = torch::zeros({batch.inputs.size(0), batch.inputs.size(1), 75});
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    for (int64_t step = 0; step < logits.size(1); ++step) {
      const auto place = static_cast<size_t>(step / 2);
      const bool says = step % 2 == 0 && place < texts[i].size();
      logits[row][step][says ? pen_label(texts[i][place]) : 0] = 9;
    }
  }
  return logits;
}

TEST(PenRecognition, LaysOutPointsAndLabels) {
  const PenRecognitionTask task(settings_of({{"tolerance", 0.0}}));
  const PenText pen{"-i", {{0, 0}, {1, 0.5F}, {0, 2, true}, {1, -1}, {0, 1, true}}};
  const PenText other{"-", {{0, 0}, {1, 0, true}}};
  const Batch batch = task.batch_of({pen, other});
  EXPECT_EQ(batch.inputs.sizes(), (std::vector<int64_t>{2, 5, 4}));
  EXPECT_TRUE(batch.inputs[0][1].equal(torch::tensor({1.0, 0.5, 0.0, 0.5}, torch::kFloat)));
  EXPECT_TRUE(batch.inputs[0][2].equal(torch::tensor({0.0, 2.0, 1.0, 0.5}, torch::kFloat)));
  EXPECT_EQ(batch.inputs[1].narrow(0, 2, 3).abs().sum().item<float>(), 0);
  EXPECT_TRUE(batch.lengths.equal(torch::tensor({5, 2})));
  EXPECT_TRUE(batch.target_lengths.equal(torch::tensor({2, 1})));
  EXPECT_TRUE(
      batch.targets.equal(torch::tensor({{pen_label('-'), pen_label('i')}, {pen_label('-'), int64_t{0}}})));
  EXPECT_TRUE(batch.mask.sum(1).equal(batch.lengths));
  EXPECT_EQ(pen_character(pen_label('Q')), 'Q');
  EXPECT_EQ(error_text<Error>([] { pen_label('%'); }).substr(0, 37), "pen_label: character is `%`, expected");
}

TEST(PenRecognition, CountsWrongCharactersAndTexts) {
  const PenRecognitionTask task({});
  Random random(1);
  std::vector<PenText> pens;
  for (const char* text : {"having", "fun"}) pens.push_back(draw_sample(text, true, 1));
  const Batch batch = task.batch_of(pens);
  const auto right = task.score(batch, saying(batch, {"having", "fun"})).figures;
  EXPECT_EQ(right.at("character_error_percent").value(), 0);
  EXPECT_EQ(right.at("text_error_percent").value(), 0);
  const auto wrong =
      task.score(batch, saying(batch, {"heving", "f"})).figures;  // one replaced, two left out of nine
  EXPECT_NEAR(wrong.at("character_error_percent").value(), 300.0 / 9, 1e-9);
  EXPECT_EQ(wrong.at("text_error_percent").value(), 100);
  EXPECT_EQ(task.print(batch, 1, saying(batch, {"having", "f"})).substr(0, 12), "written: fun");
  EXPECT_NE(task.print(batch, 1, saying(batch, {"having", "f"})).find("read:    f  (wrong)"),
            std::string::npos);
}

TEST(PenRecognition, DrawsTheSameBatchFromTheSameSeed) {
  for (const char* text : {"words", "lines"}) {
    const PenRecognitionTask task(settings_of({{"text", std::string(text)}}));
    Random one(5), other(5);
    const Batch batch = task.sample(6, one);
    const Batch again = task.sample(6, other);
    EXPECT_TRUE(batch.inputs.equal(again.inputs));
    EXPECT_TRUE(batch.targets.equal(again.targets));
    EXPECT_EQ(batch.lengths.max().item<int64_t>(), batch.inputs.size(1));
  }
}

TEST(PenRecognition, TestsJoinedAndPrintedHandsApart) {
  const auto rows = [](const char* hand) {
    std::vector<int64_t> joined;
    for (const auto& row : PenRecognitionTask(settings_of({{"hand", std::string(hand)}})).test_settings())
      joined.push_back(row.values.at("joined"));
    return joined;
  };
  EXPECT_EQ(rows("any"), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(rows("joined"), (std::vector<int64_t>{1}));
  EXPECT_EQ(rows("printed"), (std::vector<int64_t>{0}));
  const PenRecognitionTask task({});
  Random random(1);
  EXPECT_EQ(error_text<UsageError>([&] {
              task.test({{{"length", 3}}}, 1, 1, random);
            }),
            "pen-recognition: the test setting has no joined, expected 0 or 1");
  EXPECT_EQ(task.test({{{"joined", 1}}}, 10, 4, random).size(), 3U);
}

}  // namespace
}  // namespace mneme
