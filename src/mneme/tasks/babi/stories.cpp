#include "mneme/tasks/babi/stories.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "mneme/core/log.h"
#include "mneme/tasks/babi/babi_files.h"
#include "mneme/tasks/babi/generator/generator.h"

namespace mneme {
namespace {

constexpr size_t kHoldOutEvery = 10;
constexpr size_t kStoriesOfTask3 = 2000;  // in the training file as it was published
constexpr double kFullDifficulty = 1;
/// Of the stories that stand in for published ones: the same in every run.
const Seed kStandIns(20150219);

void renumber(std::vector<Story>& stories, const std::vector<int32_t>& numbers) {
  for (Story& story : stories) {
    for (int32_t& word : story.words) word = numbers[static_cast<size_t>(word)];
    for (auto& answer : story.answers) answer.word = numbers[static_cast<size_t>(answer.word)];
  }
}

std::vector<Story> generated_stories(int64_t task, int64_t questions, const std::string& part,
                                     Vocabulary& vocabulary, NewWords new_words) {
  Random random = kStandIns.stream("bAbI task " + std::to_string(task) + " " + part);
  std::vector<Story> stories;
  while (questions > 0) {
    const TextFile text{"generated", generate_story(task, kFullDifficulty, random)};
    stories.push_back(read_stories(text, vocabulary, new_words).front());
    for (const Story::Line& line : stories.back().lines) questions -= line.answers > 0;
  }
  return stories;
}

/// Everything from the generator. As many questions as in the files of the set en; training goes on to draw
/// more.
BabiStories generated_only(const std::vector<int64_t>& tasks) {
  BabiStories stories;
  for (const int64_t task : tasks)
    stories.tasks[task].training =
        generated_stories(task, 1000, "training", stories.vocabulary, NewWords::add);
  const auto numbers = stories.vocabulary.sort();
  for (auto& [task, of_task] : stories.tasks) {
    renumber(of_task.training, numbers);
    of_task.held_out = generated_stories(task, 200, "validation", stories.vocabulary, NewWords::refuse);
    of_task.test = generated_stories(task, 1000, "test", stories.vocabulary, NewWords::refuse);
  }
  return stories;
}

}  // namespace

BabiStories read_babi_stories(const BabiSource& source, const Settings& settings) {
  if (source.tasks.empty())
    throw UsageError(settings.find("tasks")->second.origin +
                     ": task.tasks is [], expected at least one of 1 to 20");
  for (const int64_t task : source.emphasized_tasks)
    if (std::find(source.tasks.begin(), source.tasks.end(), task) == source.tasks.end())
      throw UsageError(settings.find("emphasized_tasks")->second.origin + ": task.emphasized_tasks has " +
                       std::to_string(task) + ", expected one of task.tasks " + option_text(source.tasks));
  if (source.source == "generated") return generated_only(source.tasks);
  const auto files = read_babi_files(source.data, source.set, source.tasks);
  BabiStories stories;
  std::map<int64_t, std::vector<Story>> training, stand_ins;
  for (const auto& [task, texts] : files) {
    training[task] = read_stories(texts.train, stories.vocabulary, NewWords::add);
    if (texts.train_in_part) {
      const size_t missing = kStoriesOfTask3 - std::min(kStoriesOfTask3, training[task].size());
      stand_ins[task] = generated_stories(task, 5 * static_cast<int64_t>(missing), "stand-ins",
                                          stories.vocabulary, NewWords::add);
      log_warning("babi: the training file of task 3 is there in part, " +
                  std::to_string(training[task].size()) + " of 2000 stories; " +
                  std::to_string(stand_ins[task].size()) + " generated ones stand in for the rest");
    }
    if (source.source == "mixed")  // for its words: every one is in some of so many
      generated_stories(task, 300, "words", stories.vocabulary, NewWords::add);
  }
  const auto numbers = stories.vocabulary.sort();
  for (const auto& [task, texts] : files) {
    auto& of_task = stories.tasks[task];
    renumber(training[task], numbers);
    for (size_t i = 0; i < training[task].size(); ++i)
      (i % kHoldOutEvery == kHoldOutEvery - 1 ? of_task.held_out : of_task.training)
          .push_back(std::move(training[task][i]));
    of_task.test = read_stories(texts.test, stories.vocabulary, NewWords::refuse);
    renumber(stand_ins[task], numbers);
    std::move(stand_ins[task].begin(), stand_ins[task].end(), std::back_inserter(of_task.training));
  }
  return stories;
}

Story draw_story(int64_t task, double difficulty, const Vocabulary& vocabulary, Random& random) {
  return read_stories({"generated story", generate_story(task, difficulty, random)}, vocabulary).front();
}

}  // namespace mneme
