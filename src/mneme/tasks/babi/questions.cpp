#include "mneme/tasks/babi/questions.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "mneme/tasks/bit_text.h"

namespace mneme {
namespace {

constexpr auto kQuestionsFile = "questions.json";

}  // namespace

BabiQuestionsTask::BabiQuestionsTask(const Settings& settings, const ModelFiles& files)
    : BabiQuestionsTask(options_from<BabiQuestionsOptions>("task", settings), settings, files) {}

BabiQuestionsTask::BabiQuestionsTask(const BabiQuestionsOptions& options, const Settings& settings,
                                     const ModelFiles& files)
    : StoryTask(options, settings, options.length_groups, files), options_(options) {
  if (has_stories())
    find_answers();
  else
    read_answers(files);
  for (const std::string& text : answers_) answer_numbers_.emplace(text, answer_numbers_.size());
  prepare({options_.max_sentences + 1, "max_sentences", "sentences"});
}

void BabiQuestionsTask::find_answers() {
  std::set<std::string> answers;
  for (const auto& [task, of_task] : stories().tasks)
    for (const auto* part : {&of_task.training, &of_task.held_out, &of_task.test})
      for (const Story& story : *part)
        for (const Story::Line& line : story.lines) {
          longest_sentence_ = std::max<int64_t>(longest_sentence_, line.words - 1);
          if (line.answers > 0) answers.insert(answer_of(story, line));
        }
  answers_.assign(answers.begin(), answers.end());
}

void BabiQuestionsTask::read_answers(const ModelFiles& files) {
  const auto file = files.find(kQuestionsFile);
  if (file == files.end()) throw Error(std::string(kQuestionsFile) + " is not among the model's files");
  try {
    const auto kept = nlohmann::json::parse(file->second);
    kept.at("answers").get_to(answers_);
    kept.at("longest_sentence").get_to(longest_sentence_);
  } catch (const nlohmann::json::exception& error) {
    throw Error(std::string(kQuestionsFile) + " of the model cannot be read: " + error.what());
  }
}

ModelFiles BabiQuestionsTask::files() const {
  auto files = StoryTask::files();
  files[kQuestionsFile] =
      nlohmann::json{{"answers", answers_}, {"longest_sentence", longest_sentence_}}.dump() + "\n";
  return files;
}

TaskSizes BabiQuestionsTask::sizes() const {
  return {longest_sentence_, static_cast<int64_t>(answers_.size()), TargetKind::classes, vocabulary().size()};
}

std::string BabiQuestionsTask::answer_of(const Story& story, const Story::Line& question) const {
  std::string text;
  for (int32_t i = 0; i < question.answers; ++i)
    text += (i == 0 ? "" : ",") +
            vocabulary().word(story.answers[static_cast<size_t>(question.first_answer + i)].word);
  return text;
}

void BabiQuestionsTask::add_items(const Story& story, std::vector<Item>& items) const {
  int64_t sentences = 0;
  for (size_t line = 0; line < story.lines.size(); ++line) {
    if (story.lines[line].answers == 0)
      ++sentences;
    else
      items.push_back({&story, line, std::min(sentences, options_.max_sentences) + 1, 1});
  }
}

Batch BabiQuestionsTask::make_batch(const Item* items, int64_t count) const {
  int64_t time = 0;
  for (int64_t i = 0; i < count; ++i) time = std::max(time, items[i].steps);
  Batch batch{{at::zeros({count, time, longest_sentence_}, at::kLong), at::zeros({count}, at::kLong), {}, {}},
              at::zeros({count, time}, at::kLong),
              at::zeros({count, time}, at::kBool)};
  int64_t* inputs = batch.inputs.data_ptr<int64_t>();
  std::vector<SupportingStep> support;
  for (int64_t i = 0; i < count; ++i) {
    const Story& story = *items[i].story;
    const Story::Line& question = story.lines[items[i].question];
    const int64_t last = items[i].steps - 1;
    const auto write = [&](const Story::Line& line, int64_t step) {
      std::copy_n(story.words.begin() + line.first, line.words - 1, inputs + (i * time + step) * longest_sentence_);
    };
    write(question, last);
    // Backwards from the question, so that the oldest sentences are those left out.
    int64_t step = last;
    for (size_t line = items[i].question; line > 0 && step > 0; --line) {
      if (story.lines[line - 1].answers > 0) continue;
      write(story.lines[line - 1], --step);
      const auto& facts = question.support;
      if (std::find(facts.begin(), facts.end(), static_cast<int32_t>(line - 1)) != facts.end())
        support.push_back({i, last, step});
    }
    batch.targets.data_ptr<int64_t>()[i * time + last] = answer_numbers_.at(answer_of(story, question));
    batch.mask.data_ptr<bool>()[i * time + last] = true;
    batch.lengths.data_ptr<int64_t>()[i] = items[i].steps;
  }
  batch.support = support_tensor(support);
  return batch;
}

Batch BabiQuestionsTask::pose(const TypedStory& story, int64_t) const {
  const auto sentences = static_cast<int64_t>(story.sentences.size());
  const int64_t kept = std::min(sentences, options_.max_sentences);
  Batch batch{{at::zeros({1, kept + 1, longest_sentence_}, at::kLong), at::full({1}, kept + 1, at::kLong), {}, {}},
              at::zeros({1, kept + 1}, at::kLong),
              at::zeros({1, kept + 1}, at::kBool)};
  int64_t* next = batch.inputs.data_ptr<int64_t>();
  const auto write = [&](const std::vector<std::string>& words) {
    if (static_cast<int64_t>(words.size()) > longest_sentence_)
      throw UsageError("a sentence has " + std::to_string(words.size()) + " words, expected at most " +
                       std::to_string(longest_sentence_) + ", as in the stories of the training: " + words[0] + " " +
                       words[1] + " …");
    for (size_t i = 0; i < words.size(); ++i) next[i] = *vocabulary().find(words[i]);
    next += longest_sentence_;
  };
  for (int64_t i = sentences - kept; i < sentences; ++i) write(story.sentences[static_cast<size_t>(i)]);
  write(story.question);
  batch.mask[0][kept] = true;
  return batch;
}

std::string BabiQuestionsTask::sentence(const Batch& batch, int64_t index, int64_t step) const {
  std::string text;
  for (int64_t word = 0; word < longest_sentence_; ++word) {
    const auto number = batch.inputs[index][step][word].item<int64_t>();
    if (number == 0) break;
    text += (word == 0 ? "" : " ") + vocabulary().word(number);
  }
  return text;
}

std::string BabiQuestionsTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const int64_t last = batch.lengths[index].item<int64_t>() - 1;
  const at::Tensor supports = supporting_steps(batch, index, last);
  std::string text;
  for (int64_t step = 0; step < last; ++step)
    text += right_aligned(std::to_string(step + 1), 3) + (supports[step].item<float>() > 0 ? " * " : "   ") +
            sentence(batch, index, step) + ".\n";
  const std::string& expected = answer(batch.targets[index][last].item<int64_t>());
  text += "      " + sentence(batch, index, last) + "?  ";
  if (!logits.defined()) return text + expected + "\n";
  const std::string& given = answer(logits[index][last].argmax().item<int64_t>());
  return text + "given: " + given + (given == expected ? " (right)\n" : " (wrong; expected: " + expected + ")\n");
}

}  // namespace mneme
