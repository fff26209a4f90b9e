// bAbI on small files made here; babi_published_test.cpp reads the real ones.
#include "mneme/tasks/babi/babi.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "babi_files_fixture.h"
#include "mneme/tasks/text/compressed_file.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;

constexpr auto kTrain =
    "1 Mary moved to the hallway.\n"
    "2 Where is Mary? \thallway\t1\n"
    "3 John took the milk.\n"
    "4 John took the apple.\n"
    "5 What is John carrying?\tmilk,apple\t3 4\n"
    "1 The milk is in the hallway.\n"
    "2 Is the apple in the hallway?\tno\t1\n";

class Babi : public BabiFiles {
 protected:
  std::string train_file() const { return (root_ / "en/qa1_tiny_train.txt").string(); }

  /// What reading this training file is refused with, less the name of the file.
  std::string refusal(const std::string& train) const {
    write_task(train, kTrain);
    const std::string text = error_text<Error>([&] { BabiTask{settings()}; });
    EXPECT_TRUE(text.starts_with(train_file() + ":")) << text;
    return text.substr(std::min(text.size(), train_file().size() + 1));
  }
};

TEST_F(Babi, AStoryIsOneSequenceOfWordsWithItsAnswersDue) {
  write_task(kTrain, kTrain);
  const BabiTask task(settings());
  const auto& words = task.vocabulary();
  std::string vocabulary;
  for (int64_t i = 0; i < words.size(); ++i) vocabulary += words.word(i) + " ";
  EXPECT_EQ(vocabulary, "- . ? apple carrying hallway in is john mary milk moved no the to took what where ");
  EXPECT_EQ(task.sizes().features, 18);
  EXPECT_EQ(task.sizes().outputs, 18);

  Random random(1);
  const auto batches = task.test({{{"task", 1}}}, 1, 2, random);
  ASSERT_EQ(batches.size(), 1u);  // the whole file, whatever number of sequences is asked for
  const Batch& batch = batches.front();
  expect_well_formed(batch, task.sizes());
  EXPECT_EQ(batch.inputs.size(0), 2);
  // Shorter first.
  std::string text;
  for (int64_t step = 0; step < batch.lengths[1].item<int64_t>(); ++step) {
    EXPECT_EQ(batch.inputs[1][step].sum().item<float>(), 1);
    text += words.word(batch.inputs[1][step].argmax().item<int64_t>());
    if (batch.mask[1][step].item<bool>()) text += "=" + words.word(batch.targets[1][step].item<int64_t>());
    text += " ";
  }
  EXPECT_EQ(
      text,
      "mary moved to the hallway . where is mary ? -=hallway john took the milk . john took the apple . "
      "what is john carrying ? -=milk -=apple ");
}

TEST_F(Babi, AQuestionIsRightOnlyIfEveryWordOfItsAnswerIs) {
  write_task(kTrain, kTrain);
  const BabiTask task(settings());
  Random random(1);
  const Batch batch = task.test({{{"task", 1}}}, 2, 2, random).front();  // 3 questions, 4 words
  const auto one_hot = [&](const at::Tensor& words) {
    return torch::one_hot(words, task.sizes().outputs).to(torch::kFloat) * 20;
  };
  const Score right = task.score(batch, one_hot(batch.targets));
  EXPECT_EQ(right.figures.at("error_percent").value(), 0);
  EXPECT_EQ(right.figures.at("error_percent").denominator, 3);
  EXPECT_NEAR(right.figures.at("bits_per_question").value(), 0, 1e-6);

  const auto last = batch.lengths[1].item<int64_t>() - 1;
  for (const auto& wrong_steps : std::vector<std::vector<int64_t>>{{last}, {last - 1}, {last - 1, last}}) {
    at::Tensor given = batch.targets.clone();
    for (const int64_t step : wrong_steps) given[1][step] = 0;
    EXPECT_NEAR(task.score(batch, one_hot(given)).figures.at("error_percent").value(), 100.0 / 3, 1e-9);
  }
  const at::Tensor level = torch::zeros({2, batch.inputs.size(1), task.sizes().outputs});
  EXPECT_NEAR(task.score(batch, level).figures.at("bits_per_question").value(), 4 * std::log2(18.0) / 3,
              1e-6);
}

TEST_F(Babi, PrintsTheStoryWithQuestionsAndAnswers) {
  write_task(kTrain, kTrain);
  const BabiTask task(settings());
  Random random(1);
  const Batch batch = task.test({{{"task", 1}}}, 2, 2, random).front();
  EXPECT_EQ(task.print(batch, 1, {}),
            "  1 mary moved to the hallway.\n"
            "  2 where is mary?  hallway\n"
            "  3 john took the milk.\n"
            "  4 john took the apple.\n"
            "  5 what is john carrying?  milk, apple\n");
  at::Tensor given = batch.targets.clone();
  given[1][batch.lengths[1].item<int64_t>() - 1] = *task.vocabulary().find("hallway");
  EXPECT_EQ(task.print(batch, 1, torch::one_hot(given, 18).to(torch::kFloat)),
            "  1 mary moved to the hallway.\n"
            "  2 where is mary?  given: hallway (right)\n"
            "  3 john took the milk.\n"
            "  4 john took the apple.\n"
            "  5 what is john carrying?  given: milk, hallway (wrong; expected: milk, apple)\n");
}

TEST_F(Babi, AStepCanBeASentenceWithItsWordsPlaces) {
  write_task(kTrain, kTrain);
  Settings by_sentence = settings();
  by_sentence["step"].value = std::string("sentence");
  const BabiTask task(by_sentence), by_word(settings());
  EXPECT_EQ(task.sizes().features, 36);
  EXPECT_EQ(task.sizes().outputs, 18);
  Random random(1);
  const Batch batch = task.test({{{"task", 1}}}, 2, 2, random).front();
  expect_well_formed(batch, task.sizes());
  EXPECT_EQ(task.steps(batch, 0), (std::vector<std::string>{"the milk is in the hallway .",
                                                            "is the apple in the hallway ?", "-"}));
  EXPECT_EQ(task.steps(batch, 1),
            (std::vector<std::string>{"mary moved to the hallway .", "where is mary ?", "-", "john took the milk .",
                                      "john took the apple .", "what is john carrying ?", "-", "-"}));
  // "the" is the first and the fifth of seven words, with the full stop.
  const int64_t the = *task.vocabulary().find("the");
  EXPECT_EQ(batch.inputs[0][0][the].item<float>(), 2);
  EXPECT_FLOAT_EQ(batch.inputs[0][0][18 + the].item<float>(), 1 / 7.0f + 5 / 7.0f);
  EXPECT_EQ(batch.inputs[0][0].narrow(0, 0, 18).sum().item<float>(), 7);

  // The same is due as with a word a step, and rests on the same sentences.
  Random again(1);
  const Batch words = by_word.test({{{"task", 1}}}, 2, 2, again).front();
  EXPECT_TRUE(batch.targets.masked_select(batch.mask).equal(words.targets.masked_select(words.mask)));
  EXPECT_EQ(task.print(batch, 1, {}), by_word.print(words, 1, {}));
  EXPECT_TRUE(batch.support.equal(torch::tensor(
      {{0, 2, 0}, {1, 2, 0}, {1, 6, 3}, {1, 6, 4}, {1, 7, 3}, {1, 7, 4}}, torch::kLong)));

  const TypedStory story{{{"the", "milk", "is", "in", "the", "hallway"}}, {"is", "the", "apple", "in", "the", "hallway"}};
  const Batch posed = task.pose(story, 1);
  EXPECT_TRUE(posed.inputs[0].equal(batch.inputs[0].narrow(0, 0, 3)));
  EXPECT_TRUE(posed.mask[0].equal(batch.mask[0].narrow(0, 0, 3)));
}

TEST_F(Babi, AnAnswerIsDueAfterThePauses) {
  write_task(kTrain, kTrain);
  const BabiTask without(settings());
  for (const std::string step : {"word", "sentence"}) {
    Settings thinking = settings();
    thinking["step"].value = step;
    thinking["pauses"].value = int64_t{2};
    const BabiTask task(thinking);
    Random random(1), again(1);
    const Batch batch = task.test({{{"task", 1}}}, 2, 2, random).front();
    expect_well_formed(batch, task.sizes());
    const auto steps = task.steps(batch, 0);
    EXPECT_EQ(steps[steps.size() - 2], "");
    EXPECT_EQ(steps[steps.size() - 3], "");
    EXPECT_EQ(batch.mask[0].sum().item<int64_t>(), 1);
    EXPECT_TRUE(batch.mask[0][static_cast<int64_t>(steps.size()) - 1].item<bool>());
    EXPECT_EQ(task.print(batch, 1, {}),
              without.print(without.test({{{"task", 1}}}, 2, 2, again).front(), 1, {}));
  }
}

TEST_F(Babi, EveryTenthStoryIsHeldOut) {
  std::string train;
  for (int story = 1; story <= 25; ++story) {
    std::string name = "n";
    name += std::to_string(story);
    train += "1 " + name + " left.\n2 Who left?\t" + name + "\t1\n";
  }
  write_task(train, train);
  const BabiTask task(settings());
  Random random(1);
  const auto names = [&](const Batch& batch) {
    std::set<std::string> said;
    for (int64_t i = 0; i < batch.inputs.size(0); ++i)
      said.insert(task.vocabulary().word(batch.inputs[i][0].argmax().item<int64_t>()));
    return said;
  };
  const auto batches = task.validation(100, 8, random);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(names(batches.front()), (std::set<std::string>{"n10", "n20"}));
  EXPECT_EQ(task.validation(1, 8, random).front().inputs.size(0), 1);
  const auto trained_on = names(task.sample(400, random));
  EXPECT_EQ(trained_on.size(), 23u);
  EXPECT_FALSE(trained_on.contains("n10") || trained_on.contains("n20"));
}

TEST_F(Babi, TheWordsOfATrainedModelAreEnoughToPoseAStory) {
  write_task("1 Mary left.\n2 Who left?\tMary\t1\n", "1 Mary left.\n2 Who left?\tMary\t1\n");
  const BabiTask with_data(settings());
  Settings without = settings();
  without["data"].value = std::string("/nowhere");
  const BabiTask task(without, with_data.files());
  ASSERT_EQ(task.sizes().features, with_data.sizes().features);
  for (int64_t word = 0; word < task.vocabulary().size(); ++word)
    EXPECT_EQ(task.vocabulary().word(word), with_data.vocabulary().word(word));
  const TypedStory story{{{"mary", "left"}}, {"who", "left"}};
  EXPECT_TRUE(task.pose(story, 1).inputs.equal(with_data.pose(story, 1).inputs));

  Random random(1);
  for (const auto& needs_data : std::initializer_list<std::function<void()>>{
           [&] { task.sample(1, random); }, [&] { task.validation(1, 1, random); }, [&] { task.test_settings(); },
           [&] { task.test({{{"task", 1}}}, 1, 1, random); }})
    EXPECT_EQ(error_text<DataError>(needs_data), error_text<DataError>([&] { BabiTask{without}; }));

  write_task("1 John left.\n2 Who left?\tJohn\t1\n", "1 John left.\n2 Who left?\tJohn\t1\n");
  EXPECT_EQ(error_text<DataError>([&] { BabiTask(settings(), with_data.files()); }),
            "babi: the data has 6 words, which are not those that the model was trained with; expected the same files");
}

TEST_F(Babi, TasksGiveTheSameNumberOfQuestionsOnAverage) {
  // Task 1: one question a story. Task 2: three.
  write("en/qa1_a_train.txt", "1 Mary left.\n2 Who left?\tMary\t1\n1 John left.\n2 Who left?\tJohn\t1\n");
  write("en/qa2_b_train.txt", "1 Mary sat.\n2 Who sat?\tMary\t1\n3 Who sat?\tMary\t1\n4 Who sat?\tMary\t1\n");
  write("en/qa1_a_test.txt", "1 Mary left.\n2 Who left?\tMary\t1\n");
  write("en/qa2_b_test.txt", "1 Mary sat.\n2 Who sat?\tMary\t1\n");
  Settings both = settings();
  both["tasks"].value = std::vector<int64_t>{2, 1};
  const auto share_of_task_2 = [&] {
    const BabiTask task(both);
    EXPECT_EQ(task.test_settings().size(), 2u);
    EXPECT_EQ(task.test_settings()[0].values.at("task"), 1);
    Random random(1);
    double stories = 0, of_task_2 = 0;
    for (int draw = 0; draw < 500; ++draw) {
      const at::Tensor questions = task.sample(8, random).mask.sum(1);
      stories += 8;
      of_task_2 += (questions == 3).sum().item<double>();
    }
    return of_task_2 / stories;
  };
  EXPECT_NEAR(share_of_task_2(), 0.25, 0.04);  // three of task 1 for one of task 2
  both["emphasized_tasks"].value = std::vector<int64_t>{2};
  both["emphasis"].value = 9.0;
  EXPECT_NEAR(share_of_task_2(), 0.75, 0.04);
  both["emphasized_tasks"] = {std::vector<int64_t>{2, 3}, "test.toml:1:1"};
  EXPECT_EQ(error_text<UsageError>([&] { BabiTask{both}; }),
            "test.toml:1:1: task.emphasized_tasks has 3, expected one of task.tasks [2, 1]");
}

TEST_F(Babi, SeveralTasksHaveAMeanErrorAndFailAboveFivePercent) {
  write_task(kTrain, kTrain);
  const BabiTask task(settings());
  EXPECT_EQ(task.overall({0, 5, 25}), (std::map<std::string, double>{{"error_percent", 10}, {"failed_tasks", 1}}));
  EXPECT_TRUE(task.overall({3}).empty());
}

TEST_F(Babi, LongTrainingStoriesAreLeftOutAndTheCurriculumStartsWithShortOnes) {
  write_task(kTrain, kTrain);  // 28 and 15 words
  Settings short_ones = settings();
  short_ones["max_words"] = {int64_t{20}, "test.toml:1:1"};
  const BabiTask limited(short_ones);
  Random random(1);
  EXPECT_EQ(limited.sample(50, random).inputs.size(1), 15);
  EXPECT_EQ(limited.test({{{"task", 1}}}, 1, 1, random).size(), 2u) << "the test keeps its long stories";

  BabiTask task(settings());
  int64_t longest = 0;
  for (int draw = 0; draw < 50; ++draw) longest = std::max(longest, task.sample(50, random).inputs.size(1));
  EXPECT_EQ(longest, 28);
  task.set_difficulty(0);
  for (int draw = 0; draw < 20; ++draw) EXPECT_EQ(task.sample(50, random).inputs.size(1), 15);

  short_ones["max_words"].value = int64_t{5};
  EXPECT_EQ(error_text<UsageError>([&] { BabiTask{short_ones}; }),
            "babi: task.max_words is 5, expected more: no training story of task 1 is that short (the "
            "shortest has 15 "
            "words)");
}

TEST_F(Babi, MalformedLinesAreRefusedByFileAndLine) {
  const std::string first = "1 Mary left.\n";
  EXPECT_EQ(refusal(""), " the file is empty, expected stories");
  EXPECT_EQ(refusal(first + "2 Who left?\n"),
            "2: a question without a tab, expected question<tab>answer<tab>supporting lines");
  EXPECT_EQ(refusal(first + "2 Who left?\tMary\n"),
            "2: the question has 2 fields, expected 3: question<tab>answer<tab>supporting lines");
  EXPECT_EQ(refusal(first + "2 Who left?\tMary\t1\tx\n"),
            "2: the question has 4 fields, expected 3: question<tab>answer<tab>supporting lines");
  EXPECT_EQ(refusal(first + "2 Who left\tMary\t1\n"),
            "2: an answer follows a sentence that does not end with ?");
  EXPECT_EQ(refusal(first + "2 Who left?\t\t1\n"), "2: the answer \"\" lacks a word");
  EXPECT_EQ(refusal(first + "2 Who left?\tMary,,John\t1\n"), "2: the answer \"Mary,,John\" lacks a word");
  EXPECT_EQ(refusal("2 Mary left.\n"), "1: the first line has number 2, expected 1");
  EXPECT_EQ(refusal(first + "2 John left.\n2 Eve left.\n"),
            "3: line number 2 comes after 2, expected a higher one, or 1 for a new story");
  EXPECT_EQ(refusal(first + "0 John left.\n"),
            "2: line number 0 comes after 1, expected a higher one, or 1 for a new story");
  EXPECT_EQ(refusal(first + "Mary left.\n"),
            "2: the line starts with \"Mary\", expected a number and a space");
  EXPECT_EQ(refusal(first + "2\n"), "2: the line starts with \"2\", expected a number and a space");
  EXPECT_EQ(refusal(first + "99999999999999999999 Mary left.\n"),
            "2: the line starts with \"99999999999999999999\", expected a number and a space");
  EXPECT_EQ(refusal(first + "2 Who left?\tMary\t2\n"),
            "2: supporting line 2 is no earlier sentence of this story (before line 2)");
  EXPECT_EQ(refusal(first + "2 Who left?\tMary\t1\n3 Who left?\tMary\t1 2\n"),
            "3: supporting line 2 is no earlier sentence of this story (before line 3)");
  EXPECT_EQ(refusal(first + "2 Who left?\tMary\tx\n"), "2: supporting line \"x\", expected a number");
  EXPECT_EQ(refusal(first + "2 Who left?\tMary\t\n"), "2: supporting line \"\", expected a number");
  EXPECT_EQ(refusal(first + "\n2 Who left?\tMary\t1\n"),
            "2: the line is empty, expected a number and a sentence");
  EXPECT_EQ(refusal(first + "2 John left\n"), "2: the sentence ends with neither . nor ?");
  EXPECT_EQ(refusal(first + "2 .\n"), "2: the sentence has no words");
  EXPECT_EQ(refusal(first + "2 John - left.\n"), "2: the word \"-\" is kept for answers that are due");
  EXPECT_EQ(refusal(first + std::string("2 Jo\0hn left.\n", 14)), "2: control byte 0, expected text");
  EXPECT_EQ(refusal(first + "2 Jo\x7fhn left.\n"), "2: control byte 127, expected text");
  EXPECT_EQ(refusal(first + "2 Ren\xe9 left.\n"), "2: byte 233 at column 6 is not UTF-8");
  EXPECT_EQ(refusal(first + "2 Ren\xc3"), "2: byte 195 at column 6 is not UTF-8");
  EXPECT_EQ(refusal(first + "2 \xed\xa0\x80 left.\n"),
            "2: byte 237 at column 3 is not UTF-8");  // a surrogate
  EXPECT_EQ(refusal(first + "2 John left.\n1 Eve left.\n2 Who left?\tEve\t1\n"),
            "1: the story that starts here has no question");
  EXPECT_EQ(refusal("1 Eve left.\n2 Who left?\tEve\t1\n1 John left.\n"),
            "3: the story that starts here has no question");
}

// Whatever is done to a file, it is read or refused by file and line.
TEST_F(Babi, DamagedFilesAreReadOrRefused) {
  const std::string alphabet = std::string("\0\t\n\r -.?,019aZ\x7f\xc3\xa9\xff", 18);
  Random random(1);
  int read = 0, refused = 0;
  for (int round = 0; round < 20000; ++round) {
    TextFile file{"train.txt", kTrain};
    for (int64_t changes = random.integer(1, 4); changes > 0; --changes) {
      const auto at = static_cast<size_t>(random.integer(0, static_cast<int64_t>(file.text.size()) - 1));
      const char byte = alphabet[static_cast<size_t>(random.integer(0, 17))];
      switch (random.integer(0, 3)) {
        case 0:
          file.text[at] = byte;
          break;
        case 1:
          file.text.insert(at, 1, byte);
          break;
        case 2:
          file.text.erase(at, 1);
          break;
        default:
          file.text.resize(at + 1);
      }
      if (file.text.empty()) break;
    }
    Vocabulary vocabulary;
    try {
      for (const Story& story : read_stories(file, vocabulary, NewWords::add)) {
        ASSERT_FALSE(story.answers.empty());
        for (const auto& answer : story.answers)
          ASSERT_EQ(story.words.at(static_cast<size_t>(answer.step)), 0);
      }
      ++read;
    } catch (const Error& error) {
      ASSERT_TRUE(std::string(error.what()).starts_with("train.txt:")) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(read, 1000);
  EXPECT_GT(refused, 1000);
}

TEST_F(Babi, LineEndsOfWindowsAndLettersBeyondAsciiAreRead) {
  const std::string text = "1 Ren\xc3\xa9 left.\r\n2 Who left?\tRen\xc3\xa9\t1\r\n";
  write_task(text, text.substr(0, text.size() - 2));  // and no end of line at the end
  EXPECT_TRUE(BabiTask(settings()).vocabulary().find("ren\xc3\xa9").has_value());
}

TEST_F(Babi, WordsThatTrainingLacksAreRefusedInATestFile) {
  const std::string test = (root_ / "en/qa1_tiny_test.txt").string();
  write_task(kTrain, "1 Mary moved to the milk.\n2 Where is Mary?\tattic\t1\n");
  EXPECT_EQ(error_text<Error>([&] { BabiTask{settings()}; }),
            test + ":2: answer word \"attic\" is not in the vocabulary, the words of the training files");
  write_task(kTrain, "1 Mary moved to the Attic.\n2 Where is Mary?\tmilk\t1\n");
  EXPECT_EQ(error_text<Error>([&] { BabiTask{settings()}; }),
            test + ":1: word \"attic\" is not in the vocabulary, the words of the training files");
}

TEST_F(Babi, MissingDataIsToldWithWhereItLookedAndWhatToDo) {
  const std::string what_to_do =
      "\nPut tasks_1-20_v1-2.tar.gz of the bAbI tasks (http://www.thespermwhale.com/jaseweston/babi/), "
      "packed or "
      "unpacked, into a folder and point the environment's MNEME_DATA or the option task.data at that "
      "folder.";
  EXPECT_EQ(error_text<DataError>([] { make_task("babi", {}); }),
            "babi: no data folder: neither task.data nor the environment's MNEME_DATA is set." + what_to_do);
  const std::string root = root_.string();
  EXPECT_EQ(error_text<DataError>([&] { BabiTask{settings()}; }),
            "babi: no files of en (qa1_…_train.txt) and no archive tasks_1-20_v1-2.tar.gz or .tar.xz in\n  " +
                root + "\n  " + root + "/tasks_1-20_v1-2\n  " + root + "/babi\n  " + root +
                "/babi/tasks_1-20_v1-2" + what_to_do);
  write("en/qa1_tiny_train.txt", kTrain);
  EXPECT_EQ(error_text<DataError>([&] { BabiTask{settings()}; }),
            "babi: " + root + " lacks en/qa1_…_test.txt." + what_to_do);
  setenv("MNEME_DATA", (root + "/nowhere").c_str(), 1);
  EXPECT_EQ(error_text<DataError>([] { make_task("babi", {}); }),
            "babi: the data folder " + root + "/nowhere does not exist." + what_to_do);
  unsetenv("MNEME_DATA");
  EXPECT_EQ(error_text<UsageError>([] {
              make_task("babi", settings_of({{"tasks", std::vector<int64_t>{}}}));
            }),
            "test.toml:1:1: task.tasks is [], expected at least one of 1 to 20");
}

TEST_F(Babi, FoldersAndArchivesAreFoundWhereverTheyUsuallyAre) {
  const auto pack = [&](const std::string& archive, const char* flag) {
    const std::string command = "cd '" + root_.string() + "/source' && tar -c" + flag + "f '" +
                                (root_ / archive).string() + "' tasks_1-20_v1-2";
    ASSERT_EQ(std::system(command.c_str()), 0);
  };
  write("source/tasks_1-20_v1-2/en/qa1_tiny_train.txt", kTrain);
  write("source/tasks_1-20_v1-2/en/qa1_tiny_test.txt", kTrain);
  write("source/tasks_1-20_v1-2/LICENSE.txt", "not a task");
  fs::create_directories(root_ / "gz");
  fs::create_directories(root_ / "xz/babi");
  pack("gz/tasks_1-20_v1-2.tar.gz", "z");
  pack("xz/babi/babi_tasks_1-20_v1-2_en.tar.xz", "J");
  for (const std::string place : {"source", "source/tasks_1-20_v1-2", "source/tasks_1-20_v1-2/en", "gz",
                                  "gz/tasks_1-20_v1-2.tar.gz", "xz", "xz/babi"}) {
    Settings here = settings();
    here["data"].value = (root_ / place).string();
    EXPECT_EQ(BabiTask(here).sizes().features, 18) << place;
    // The environment's folder is used where the option is empty.
    setenv("MNEME_DATA", (root_ / place).c_str(), 1);
    here["data"].value = std::string();
    EXPECT_EQ(BabiTask(here).sizes().features, 18) << place;
    unsetenv("MNEME_DATA");
  }

  // Errors name the archive and the file inside.
  write("source/tasks_1-20_v1-2/en/qa1_tiny_train.txt", "1 Mary left\n");
  pack("gz/tasks_1-20_v1-2.tar.gz", "z");
  const std::string archive = (root_ / "gz/tasks_1-20_v1-2.tar.gz").string();
  Settings packed = settings();
  packed["data"].value = archive;
  EXPECT_EQ(error_text<Error>([&] { BabiTask{packed}; }),
            archive + ": tasks_1-20_v1-2/en/qa1_tiny_train.txt:1: the sentence ends with neither . nor ?");
}

TEST_F(Babi, DamagedArchivesAreRefused) {
  const auto refusal_of = [&](const std::string& name, const std::string& bytes) {
    const fs::path path = write(name, bytes);
    const std::string text =
        error_text<Error>([&] { read_tar(path, [](const std::string&) { return true; }); });
    return text.substr(std::min(text.size(), path.string().size()));
  };
  EXPECT_EQ(refusal_of("a.tar.gz", "not gzip"), ": gzip could not unpack it; it may be damaged");
  EXPECT_EQ(refusal_of("a.tar.xz", "not xz"), ": xz could not unpack it; it may be damaged");
  EXPECT_EQ(refusal_of("a.tar", std::string(1024, 'x')), ": damaged archive: not a tar header");
  EXPECT_EQ(refusal_of("b.tar", ""), ": damaged archive: it ends too early");

  write("folder/file.txt", std::string(2000, 'y'));
  ASSERT_EQ(std::system(("cd '" + root_.string() + "' && tar -cf c.tar folder").c_str()), 0);
  const std::string whole = read_unpacked(root_ / "c.tar");
  const auto files = read_tar(root_ / "c.tar", [](const std::string&) { return true; });
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files.at("folder/file.txt"), std::string(2000, 'y'));
  // Cut anywhere before the end mark, it is refused: no part passes for the whole.
  for (size_t size = 0; size <= 512 + 512 + 2048; size += 128)
    EXPECT_TRUE(refusal_of("d.tar", whole.substr(0, size)).find("damaged archive") != std::string::npos)
        << size;
  std::string odd_size = whole;
  odd_size[512 + 124] = '9';
  EXPECT_EQ(refusal_of("e.tar", odd_size), ": damaged archive: a header has no valid size");
}

TEST_F(Babi, TheMissingTrainingFileOfTask3IsReplacedByWhatThereIs) {
  write("en-10k/qa3_tiny_test.txt", kTrain);
  Settings task_3 = settings();
  task_3["set"].value = std::string("en-10k");
  task_3["tasks"].value = std::vector<int64_t>{3};
  EXPECT_NE(error_text<DataError>([&] { BabiTask{task_3}; }).find("lacks en-10k/qa3_…_train.txt"),
            std::string::npos);

  write("en/qa3_tiny_train.txt", kTrain);
  // 18 words here and 24 more of generated stories, which stand in for those that are missing.
  EXPECT_EQ(BabiTask(task_3).sizes().features, 42);

  const std::string partial = std::string(kTrain) + "1 Eve moved.\n2 Where is Eve?\tno\t1\n";
  const fs::path path = write("qa3_10k_train_PARTIAL_385of2000_stories.txt", partial);
  ASSERT_EQ(std::system(("xz '" + path.string() + "'").c_str()), 0);
  EXPECT_EQ(BabiTask(task_3).sizes().features, 43);  // eve
}

}  // namespace
}  // namespace mneme
