#include "mneme/tasks/babi/stories.h"

#include "mneme/tasks/babi/babi_files.h"

namespace mneme {
namespace {

constexpr size_t kHoldOutEvery = 10;

void renumber(std::vector<Story>& stories, const std::vector<int32_t>& numbers) {
  for (Story& story : stories) {
    for (int32_t& word : story.words) word = numbers[static_cast<size_t>(word)];
    for (auto& answer : story.answers) answer.word = numbers[static_cast<size_t>(answer.word)];
  }
}

}  // namespace

BabiStories read_babi_stories(const BabiSource& source, const Settings& settings) {
  if (source.tasks.empty())
    throw UsageError(settings.find("tasks")->second.origin +
                     ": task.tasks is [], expected at least one of 1 to 20");
  const auto files = read_babi_files(source.data, source.set, source.tasks);
  BabiStories stories;
  std::map<int64_t, std::vector<Story>> training;
  for (const auto& [task, texts] : files)
    training[task] = read_stories(texts.train, stories.vocabulary, NewWords::add);
  const auto numbers = stories.vocabulary.sort();
  for (const auto& [task, texts] : files) {
    auto& of_task = stories.tasks[task];
    renumber(training[task], numbers);
    for (size_t i = 0; i < training[task].size(); ++i)
      (i % kHoldOutEvery == kHoldOutEvery - 1 ? of_task.held_out : of_task.training)
          .push_back(std::move(training[task][i]));
    of_task.test = read_stories(texts.test, stories.vocabulary, NewWords::refuse);
  }
  return stories;
}

}  // namespace mneme
