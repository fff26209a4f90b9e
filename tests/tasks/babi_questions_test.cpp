// bAbI by sentences, on small files made here and on the published ones where MNEME_DATA has them.
#include "mneme/tasks/babi/questions.h"

#include "babi_files_fixture.h"

namespace mneme {
namespace {

constexpr auto kTrainingStories =
    "1 Mary moved to the hallway.\n"
    "2 Where is Mary? \thallway\t1\n"
    "3 John took the milk.\n"
    "4 John took the apple there.\n"
    "5 What is John carrying?\tmilk,apple\t3 4\n"
    "6 John left.\n"
    "1 The milk is in the hallway.\n"
    "2 Is the apple in the hallway?\tno\t1\n";

class BabiQuestions : public BabiFiles {};

std::vector<std::string> sentences(const BabiQuestionsTask& task, const Batch& batch, int64_t index) {
  std::vector<std::string> said;
  for (int64_t step = 0; step < batch.inputs.size(1); ++step) said.push_back(task.sentence(batch, index, step));
  return said;
}

std::vector<std::vector<int64_t>> rows(const at::Tensor& table) {
  std::vector<std::vector<int64_t>> list;
  for (int64_t i = 0; i < table.size(0); ++i) {
    const at::Tensor row = table[i].contiguous();
    list.emplace_back(row.data_ptr<int64_t>(), row.data_ptr<int64_t>() + row.numel());
  }
  return list;
}

TEST_F(BabiQuestions, AQuestionIsASequenceWithTheSentencesBeforeIt) {
  write_task(kTrainingStories, kTrainingStories);
  const BabiQuestionsTask task(settings());
  EXPECT_EQ(task.sizes().features, 6);
  EXPECT_EQ(task.sizes().outputs, 3);
  EXPECT_EQ(task.sizes().tokens, task.vocabulary().size());
  EXPECT_EQ(task.vocabulary().word(0), "-") << "0 is padding, and no word of a sentence";
  EXPECT_EQ(task.answer(0) + " " + task.answer(1) + " " + task.answer(2), "hallway milk,apple no");

  Random random(1);
  const auto batches = task.test({{{"task", 1}}}, 1, 3, random);
  ASSERT_EQ(batches.size(), 1u);
  const Batch& batch = batches.front();
  expect_well_formed(batch, task.sizes());
  EXPECT_EQ(rows(batch.lengths.unsqueeze(0)), (std::vector<std::vector<int64_t>>{{2, 2, 4}}));
  EXPECT_EQ(sentences(task, batch, 0),
            (std::vector<std::string>{"mary moved to the hallway", "where is mary", "", ""}));
  EXPECT_EQ(sentences(task, batch, 1),
            (std::vector<std::string>{"the milk is in the hallway", "is the apple in the hallway", "", ""}));
  EXPECT_EQ(sentences(task, batch, 2),
            (std::vector<std::string>{"mary moved to the hallway", "john took the milk",
                                      "john took the apple there", "what is john carrying"}));
  EXPECT_EQ(rows(batch.targets), (std::vector<std::vector<int64_t>>{{0, 0, 0, 0}, {0, 2, 0, 0}, {0, 0, 0, 1}}));
  EXPECT_EQ(batch.mask.sum().item<int64_t>(), 3);
  EXPECT_TRUE(batch.mask[2][3].item<bool>());
  EXPECT_EQ(rows(batch.support),
            (std::vector<std::vector<int64_t>>{{0, 1, 0}, {1, 1, 0}, {2, 3, 2}, {2, 3, 1}}));
}

TEST_F(BabiQuestions, TheFilesOfATrainedModelAreEnoughToPoseAStory) {
  write_task(kTrainingStories, kTrainingStories);
  const BabiQuestionsTask with_data(settings());
  Settings without = settings();
  without["data"].value = std::string("/nowhere");
  const BabiQuestionsTask task(without, with_data.files());
  EXPECT_EQ(task.sizes().features, 6);
  EXPECT_EQ(task.sizes().outputs, 3);
  EXPECT_EQ(task.answer(1), "milk,apple");
  const TypedStory story{{{"john", "took", "the", "milk"}}, {"where", "is", "john"}};
  EXPECT_TRUE(task.pose(story, 1).inputs.equal(with_data.pose(story, 1).inputs));

  ModelFiles damaged = with_data.files();
  damaged["questions.json"] = "{";
  EXPECT_EQ(error_text<Error>([&] { BabiQuestionsTask(without, damaged); }).substr(0, 43),
            "questions.json of the model cannot be read:");
}

TEST_F(BabiQuestions, OfALongStoryTheLatestSentencesAreGiven) {
  write_task(kTrainingStories, kTrainingStories);
  Settings two = settings();
  two["max_sentences"] = {int64_t{2}, "test.toml:1:1"};
  const BabiQuestionsTask task(two);
  Random random(1);
  const Batch batch = task.test({{{"task", 1}}}, 1, 3, random).front();
  EXPECT_EQ(sentences(task, batch, 2), (std::vector<std::string>{"john took the milk", "john took the apple there",
                                                                 "what is john carrying"}));
  two["max_sentences"].value = int64_t{1};
  const BabiQuestionsTask one(two);
  const Batch shorter = one.test({{{"task", 1}}}, 1, 3, random).front();
  EXPECT_EQ(rows(shorter.support), (std::vector<std::vector<int64_t>>{{0, 1, 0}, {1, 1, 0}, {2, 1, 0}}))
      << "a supporting sentence that is left out is no support";
}

TEST_F(BabiQuestions, PrintsTheStoryWithItsSupportMarked) {
  write_task(kTrainingStories, kTrainingStories);
  const BabiQuestionsTask task(settings());
  Random random(1);
  const Batch batch = task.test({{{"task", 1}}}, 1, 3, random).front();
  EXPECT_EQ(task.print(batch, 2, {}),
            "  1   mary moved to the hallway.\n"
            "  2 * john took the milk.\n"
            "  3 * john took the apple there.\n"
            "      what is john carrying?  milk,apple\n");
  const at::Tensor wrong = torch::zeros({3, 4, 3});
  EXPECT_TRUE(task.print(batch, 2, wrong).ends_with(
      "      what is john carrying?  given: hallway (wrong; expected: milk,apple)\n"));
  EXPECT_EQ(task.score(batch, wrong).figures.at("error_percent").numerator, 200);
  EXPECT_EQ(task.score(batch, torch::one_hot(batch.targets, 3)).figures.at("error_percent").numerator, 0);
}

TEST(BabiQuestionsPublished, TwentyTestFilesOfAThousandQuestions) {
  if (std::getenv("MNEME_DATA") == nullptr)
    GTEST_SKIP() << "MNEME_DATA is not set: the published files are not read";
  const BabiQuestionsTask task(settings_of({{"set", std::string("en")}, {"max_sentences", int64_t{1000}}}));
  EXPECT_EQ(task.sizes().tokens, 159);
  EXPECT_EQ(task.sizes().features, 11);
  EXPECT_EQ(task.sizes().outputs, 58);
  Random random(1);
  for (const auto& row : task.test_settings()) {
    int64_t questions = 0;
    for (const auto& batch : task.test(row, 1, 100, random)) {
      expect_well_formed(batch, task.sizes());
      questions += batch.inputs.size(0);
      EXPECT_GE(batch.support.size(0), batch.inputs.size(0)) << "every question rests on a sentence";
    }
    EXPECT_EQ(questions, 1000) << "task " << row.values.at("task");
  }
  for (int draw = 0; draw < 20; ++draw) expect_well_formed(task.sample(32, random), task.sizes());
}

}  // namespace
}  // namespace mneme
