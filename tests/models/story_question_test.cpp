#include "mneme/models/story_question.h"

#include "mechanisms/expectations.h"

namespace mneme {
namespace {

at::Tensor integers(const std::vector<int64_t>& values, at::IntArrayRef sizes) {
  return torch::tensor(values, torch::kLong).view(sizes);
}

// Sequences of 3, 1 and 2 steps, a word each; 9 is what stands past an end.
const Sequences& three_stories() {
  static const Sequences given{integers({1, 2, 3, 4, 9, 9, 5, 6, 9}, {3, 3, 1}), integers({3, 1, 2}, {3}), {}, {}};
  return given;
}

TEST(StoryQuestion, PartsTheQuestionFromItsStory) {
  const auto story = story_question("test", three_stories(), 1, 10);
  expect_near(story.sentences, integers({1, 2, 0, 0, 5, 0}, {3, 2, 1}), 0);
  expect_near(story.question, integers({3, 4, 6}, {3, 1, 1}), 0);
  expect_near(story.counts, integers({2, 0, 1}, {3}), 0);
  expect_near(story.mask, integers({1, 1, 0, 0, 1, 0}, {3, 2}), 0);
  const auto weights = numbers({0.3, 0.7, 0.5, 0.5, 1, 0.5}, {3, 1, 2});
  expect_near(at_steps(weights, story, 3), numbers({0.3, 0.7, 0, 0, 0, 0, 1, 0, 0}, {3, 1, 3}), 0);
}

TEST(StoryQuestion, KeepsTheLatestSentences) {
  const auto story = story_question("test", three_stories(), 1, 1);
  expect_near(story.sentences, integers({2, 0, 5}, {3, 1, 1}), 0);
  expect_near(story.first, integers({1, 0, 0}, {3}), 0);
  expect_near(at_steps(numbers({1, 1, 1}, {3, 1, 1}), story, 3), numbers({0, 1, 0, 0, 0, 0, 1, 0, 0}, {3, 1, 3}), 0);
}

TEST(StoryQuestion, RefusesRealNumbersAndOtherSentences) {
  expect_error([] { story_question("test", {torch::zeros({1, 2, 3}), {}, {}, {}}, 3, 5); },
               "test: inputs is float32, expected int64: the numbers of the words of a sentence a step");
  expect_error([] { story_question("test", {torch::zeros({1, 2, 3}, torch::kLong), {}, {}, {}}, 4, 5); },
               "test: inputs is [1, 2, 3], expected [batch, time, features=4]; sizes fixed by features=4 (the model)");
}

}  // namespace
}  // namespace mneme
