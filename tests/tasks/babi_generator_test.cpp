// Generated stories: each answered by the solver, and like the published ones where MNEME_DATA has them.
#include "mneme/tasks/babi/generator/generator.h"

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>

#include "mneme/tasks/babi/babi.h"
#include "mneme/tasks/babi/babi_files.h"
#include "mneme/tasks/babi/solver/solver.h"
#include "task_checks.h"

namespace mneme {
namespace {

std::string generated_text(int64_t task, int64_t stories, double difficulty, uint64_t seed) {
  Random random = Seed(seed).stream("stories");
  std::string text;
  for (int64_t i = 0; i < stories; ++i) text += generate_story(task, difficulty, random);
  return text;
}

std::string answer_of(const Story& story, const Story::Line& line, const Vocabulary& vocabulary) {
  std::string text;
  for (int32_t i = 0; i < line.answers; ++i)
    text +=
        (i == 0 ? "" : ",") + vocabulary.word(story.answers[static_cast<size_t>(line.first_answer + i)].word);
  return text;
}

struct Held {
  int64_t questions = 0, right = 0, right_support = 0;
  std::vector<std::string> wrong;  // the stories up to a question that the rules answer otherwise
};

/// The file's answers and supporting facts against those of the rules.
Held hold_against_rules(int64_t task, const TextFile& file) {
  Vocabulary vocabulary;
  Held held;
  for (const Story& story : read_stories(file, vocabulary, NewWords::add)) {
    const auto lines = plain_lines(story, vocabulary);
    for (const Solution& solution : solve_story(task, lines)) {
      const Story::Line& line = story.lines[solution.question];
      ++held.questions;
      held.right_support += std::vector<size_t>(line.support.begin(), line.support.end()) == solution.support;
      if (solution.answer == answer_of(story, line, vocabulary)) {
        ++held.right;
        continue;
      }
      std::string told;
      for (size_t i = 0; i <= solution.question; ++i) {
        if (lines[i].question && i < solution.question) continue;
        for (const auto& word : lines[i].words) told += word + " ";
        told += "\n";
      }
      held.wrong.push_back(told + "file: " + answer_of(story, line, vocabulary) +
                           ", rules: " + solution.answer);
    }
  }
  return held;
}

class BabiGenerator : public testing::TestWithParam<int64_t> {};
INSTANTIATE_TEST_SUITE_P(Tasks, BabiGenerator, testing::Range<int64_t>(1, 21));

TEST_P(BabiGenerator, TheRulesAnswerEveryStory) {
  for (const double difficulty : {0.0, 0.3, 0.7, 1.0}) {
    const Held held =
        hold_against_rules(GetParam(), {"generated", generated_text(GetParam(), 200, difficulty, 1)});
    EXPECT_GE(held.questions, 200);
    EXPECT_EQ(held.right, held.questions) << held.wrong.front();
    // Of several pairs of facts that lead from one size to another the files name any.
    if (GetParam() != 18) {
      EXPECT_EQ(held.right_support, held.questions);
    }
  }
}

TEST_P(BabiGenerator, StoriesFollowFromTheSeedAndDoNotRepeat) {
  EXPECT_EQ(generated_text(GetParam(), 20, 1, 1), generated_text(GetParam(), 20, 1, 1));
  EXPECT_NE(generated_text(GetParam(), 20, 1, 1), generated_text(GetParam(), 20, 1, 2));
  Random random(1);
  std::set<std::string> different;
  for (int i = 0; i < 100; ++i) different.insert(generate_story(GetParam(), 1, random));
  EXPECT_GE(different.size(), 90u);  // task 4 has 5,760 stories, two of a hundred may be the same
}

TEST_P(BabiGenerator, LowerDifficultyMakesShorterStories) {
  if (GetParam() == 4) GTEST_SKIP() << "task 4 always has two sentences and a question";
  EXPECT_LT(generated_text(GetParam(), 200, 0, 1).size(), generated_text(GetParam(), 200, 0.5, 1).size());
  EXPECT_LT(generated_text(GetParam(), 200, 0.5, 1).size(), generated_text(GetParam(), 200, 1, 1).size());
}

TEST(BabiGeneratorErrors, NameWhatCame) {
  Random random(1);
  EXPECT_EQ(error_text<Error>([&] { generate_story(21, 1, random); }),
            "generate_story: task is 21, expected 1 to 20");
  EXPECT_EQ(error_text<Error>([&] { generate_story(1, 1.5, random); }),
            "generate_story: difficulty is 1.500000, expected within 0 and 1");
}

TEST(BabiSolver, RefusesWhatItsTaskDoesNotSay) {
  const auto solve = [](int64_t task, const std::string& sentence) {
    Vocabulary vocabulary;
    const TextFile file{"t", "1 " + sentence + ".\n2 Where is Mary?\thall\t1\n"};
    const auto stories = read_stories(file, vocabulary, NewWords::add);
    return solve_story(task, plain_lines(stories.front(), vocabulary));
  };
  EXPECT_EQ(solve(1, "Mary went to the hall").front().answer, "hall");
  EXPECT_EQ(solve(1, "John went to the hall").front().answer, "");
  EXPECT_EQ(error_text<Error>([&] { solve(1, "Mary sings"); }),
            "solver: \"mary sings\" is no sentence or question of this task");
  EXPECT_EQ(error_text<Error>([&] { solve(19, "Mary went to the hall"); }),
            "solver: \"mary went to the hall\" is no sentence or question of this task");
}

/// How often things occur.
using Counts = std::map<std::string, double>;

/// Half the sum of the differences of two distributions: the share that one would have to be moved to become
/// the other.
double moved_share(const Counts& one, const Counts& other) {
  double total_one = 0, total_other = 0, difference = 0;
  for (const auto& [key, count] : one) total_one += count;
  for (const auto& [key, count] : other) total_other += count;
  for (const auto& [key, count] : one)
    difference += std::abs(count / total_one - (other.contains(key) ? other.at(key) / total_other : 0));
  for (const auto& [key, count] : other)
    if (!one.contains(key)) difference += count / total_other;
  return difference / 2;
}

std::set<std::string> keys(const Counts& counts) {
  std::set<std::string> set;
  for (const auto& [key, count] : counts) set.insert(key);
  return set;
}

struct Statistics {
  Counts words, forms, lengths, answers;
  double stories = 0, questions = 0;
};

/// A sentence with the names of its kind in place of people, places and things.
std::string form_of(const PlainLine& line) {
  static const std::map<std::string, std::set<std::string>> names = {
      {"PERSON", {"john",  "mary",     "sandra",  "daniel",   "bill", "fred",   "jeff",
                  "julie", "jason",    "antoine", "sumit",    "yann", "winona", "jessica",
                  "emily", "gertrude", "lily",    "bernhard", "greg", "brian",  "julius"}},
      {"PLACE",
       {"hallway", "bathroom", "bedroom", "kitchen", "garden", "office", "school", "cinema", "park"}},
      {"THING",
       {"milk", "football", "apple", "pajamas", "chocolate", "chocolates", "suitcase", "container", "chest"}},
      {"COLOUR", {"red", "blue", "pink", "yellow", "gray", "green", "white"}},
      {"DIRECTION", {"north", "south", "east", "west"}},
      {"KIND", {"wolf", "wolves", "sheep", "mouse", "mice", "cat", "cats", "swan", "lion", "rhino", "frog"}}};
  std::string form;
  for (const auto& word : line.words) {
    std::string shown = word;
    for (const auto& [kind, members] : names)
      if (members.contains(word)) shown = kind;
    form += shown + " ";
  }
  return form;
}

Statistics statistics_of(const TextFile& file) {
  Vocabulary vocabulary;
  Statistics found;
  for (const Story& story : read_stories(file, vocabulary, NewWords::add)) {
    const auto lines = plain_lines(story, vocabulary);
    ++found.stories;
    ++found.lengths[std::to_string(lines.size() / 4)];
    for (size_t i = 0; i < lines.size(); ++i) {
      for (const auto& word : lines[i].words) ++found.words[word];
      ++found.forms[form_of(lines[i])];
      if (!lines[i].question) continue;
      ++found.answers[answer_of(story, story.lines[i], vocabulary)];
      ++found.questions;
    }
  }
  return found;
}

class BabiPublishedStories : public testing::TestWithParam<int64_t> {
 protected:
  void SetUp() override {
    if (std::getenv("MNEME_DATA") == nullptr)
      GTEST_SKIP() << "MNEME_DATA is not set: the published files are not read";
  }
  /// Unpacked once for all tests.
  static const BabiTaskFiles& files(const std::string& set) {
    static std::map<std::string, std::map<int64_t, BabiTaskFiles>> sets;
    if (!sets.contains(set)) {
      std::vector<int64_t> tasks(20);
      std::iota(tasks.begin(), tasks.end(), 1);
      sets[set] = read_babi_files("", set, tasks);
    }
    return sets.at(set).at(GetParam());
  }
};
INSTANTIATE_TEST_SUITE_P(Tasks, BabiPublishedStories, testing::Range<int64_t>(1, 21));

// Every answer of the test files, and of the training files too, is what the rules say; so are the supporting
// facts. Task 5 is the exception: where somebody gave somebody two things, "what did Bill give to Mary" is
// mostly about the later gift (119 times in the files of en-10k) but sometimes about the earlier (22 times),
// and nothing in the story says which. In the test file these are two questions.
TEST_P(BabiPublishedStories, TheRulesAnswerThePublishedFiles) {
  for (const std::string set : {"en", "en-10k"}) {
    const BabiTaskFiles& published = files(set);
    const Held test = hold_against_rules(GetParam(), published.test);
    const Held train = hold_against_rules(GetParam(), published.train);
    EXPECT_EQ(test.questions, 1000);
    if (GetParam() == 5) {
      ASSERT_EQ(test.wrong.size(), 2u);
      EXPECT_TRUE(test.wrong[0].ends_with("what did bill give to mary \nfile: football, rules: apple"))
          << test.wrong[0];
      EXPECT_TRUE(test.wrong[1].ends_with("what did fred give to bill \nfile: milk, rules: apple"))
          << test.wrong[1];
      EXPECT_EQ(train.wrong.size(), set == "en" ? 2u : 20u);
      continue;
    }
    EXPECT_EQ(test.right, test.questions) << test.wrong.front();
    EXPECT_EQ(train.right, train.questions) << train.wrong.front();
    if (GetParam() != 18) {  // any pair of facts that leads from one size to the other
      EXPECT_EQ(test.right_support, test.questions);
      EXPECT_EQ(train.right_support, train.questions);
    }
  }
}

// Generated stories against the published training file of en-10k: the same words, sentence forms and
// answers, and the share of each that would have to move to make the distributions the same (half the sum of
// the differences). Bounds: two samples of 1,000 questions of the same source differ by up to 0.05 in their
// answers (the published test and training files do: task 12, 0.042; task 15, 0.10), so a bound below 0.1
// would try the sample. Story lengths, in fours of lines, differ by up to 0.13 between the published test and
// training files (task 5); task 3, of which there are only 385 published stories whose lengths run from 20 to
// 240 lines, by up to 0.28. Forms: 0.05, the share that a reader would hardly see; task 17 has 1,250 stories,
// and the names of a story's shapes shape all of its ten lines: 0.08.
TEST_P(BabiPublishedStories, GeneratedStoriesAreLikeThePublished) {
  const Statistics published = statistics_of(files("en-10k").train);
  const Statistics generated = statistics_of(
      {"generated",
       generated_text(GetParam(), static_cast<int64_t>(std::min(published.stories, 4000.0)), 1, 1)});
  EXPECT_EQ(keys(generated.words), keys(published.words));
  EXPECT_EQ(keys(generated.forms), keys(published.forms));
  EXPECT_EQ(keys(generated.answers), keys(published.answers));
  const double forms = moved_share(generated.forms, published.forms),
               answers = moved_share(generated.answers, published.answers),
               lengths = moved_share(generated.lengths, published.lengths);
  RecordProperty("forms", std::to_string(forms));
  RecordProperty("answers", std::to_string(answers));
  RecordProperty("lengths", std::to_string(lengths));
  EXPECT_LT(forms, GetParam() == 17 ? 0.08 : 0.05);
  EXPECT_LT(answers, 0.1);
  EXPECT_LT(lengths, GetParam() == 3 ? 0.28 : 0.13);
  EXPECT_NEAR(generated.questions / generated.stories, published.questions / published.stories, 0.15);
}

TEST(BabiGeneratedTask, NeedsNoDataAndHasThePublishedVocabulary) {
  const BabiTask task(settings_of({{"source", std::string("generated")}}));
  EXPECT_EQ(task.sizes().features, 159);  // 156 words, `.`, `?`, `-`, as in the DNC paper
  Random random(1), again(1);
  const Batch batch = task.sample(4, random);
  expect_well_formed(batch, task.sizes());
  expect_same(batch, task.sample(4, again));
  int64_t questions = 0;
  for (const auto& tests : task.test({{{"task", 7}}}, 1, 50, random))
    questions += tests.mask.sum().item<int64_t>();
  EXPECT_EQ(questions, 1000);
}

TEST(BabiGeneratedTask, ALowerDifficultyTellsShorterStories) {
  BabiTask task(settings_of({{"source", std::string("generated")}, {"length_groups", int64_t{1}}}));
  const auto mean_length = [&](double difficulty) {
    task.set_difficulty(difficulty);
    Random random(1);
    double sum = 0;
    for (int i = 0; i < 10; ++i) sum += task.sample(20, random).lengths.sum().item<double>() / 200;
    return sum;
  };
  const double easy = mean_length(0), middle = mean_length(0.5), hard = mean_length(1);
  EXPECT_LT(easy, middle);
  EXPECT_LT(middle, hard);
}

}  // namespace
}  // namespace mneme
