#include "mneme/tasks/babi/babi.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include "mneme/tasks/bit_text.h"

namespace mneme {

BabiTask::BabiTask(const Settings& settings, const ModelFiles& files)
    : BabiTask(options_from<BabiOptions>("task", settings), settings, files) {}

BabiTask::BabiTask(const BabiOptions& options, const Settings& settings, const ModelFiles& files)
    : StoryTask(options, settings, options.length_groups, files), options_(options) {
  prepare({options_.max_words, "max_words", "words"});
}

TaskSizes BabiTask::sizes() const {
  const int64_t words = vocabulary().size();
  return {by_sentence() ? 2 * words : words, words, TargetKind::classes};
}

std::vector<std::span<const int32_t>> BabiTask::spans(const Story& story) const {
  const std::span<const int32_t> words(story.words);
  std::vector<std::span<const int32_t>> spans;
  for (const Story::Line& line : story.lines) {
    const auto first = static_cast<size_t>(line.first), count = static_cast<size_t>(line.words);
    if (by_sentence())
      spans.push_back(words.subspan(first, count));
    else
      for (size_t word = first; word < first + count; ++word) spans.push_back(words.subspan(word, 1));
    if (line.answers > 0) spans.insert(spans.end(), static_cast<size_t>(options_.pauses), {});
    for (int32_t answer = 0; answer < line.answers; ++answer)
      spans.push_back(words.subspan(first + count + static_cast<size_t>(answer), 1));
  }
  return spans;
}

void BabiTask::add_items(const Story& story, std::vector<Item>& items) const {
  const auto asked = std::count_if(story.lines.begin(), story.lines.end(),
                                   [](const Story::Line& line) { return line.answers > 0; });
  items.push_back({&story, 0, static_cast<int64_t>(spans(story).size()), asked});
}

Batch BabiTask::make_batch(const Item* items, int64_t count) const {
  int64_t time = 0;
  for (int64_t i = 0; i < count; ++i) time = std::max(time, items[i].steps);
  const int64_t words = vocabulary().size(), features = sizes().features;
  Batch batch{{at::zeros({count, time, features}), at::zeros({count}, at::kLong), {}, {}},
              at::zeros({count, time}, at::kLong), at::zeros({count, time}, at::kBool)};
  std::vector<SupportingStep> support;
  for (int64_t i = 0; i < count; ++i) {
    const Story& story = *items[i].story;
    float* input = batch.inputs.data_ptr<float>() + i * time * features;
    std::vector<int64_t> step_of;  // [words of the story]
    int64_t next = 0;
    for (const auto& span : spans(story)) {
      step_of.resize(step_of.size() + span.size(), next++);
      for (size_t place = 0; place < span.size(); ++place) {
        input[span[place]] += 1;
        if (by_sentence()) input[words + span[place]] += static_cast<float>(place + 1) / static_cast<float>(span.size());
      }
      input += features;
    }
    const auto step_at = [&](int32_t word) { return step_of[static_cast<size_t>(word)]; };
    for (const auto& answer : story.answers) {
      batch.targets.data_ptr<int64_t>()[i * time + step_at(answer.step)] = answer.word;
      batch.mask.data_ptr<bool>()[i * time + step_at(answer.step)] = true;
    }
    batch.lengths.data_ptr<int64_t>()[i] = items[i].steps;
    for (const auto& line : story.lines)
      for (int32_t answer = 0; answer < line.answers; ++answer)
        for (const int32_t fact : line.support) {
          const auto& sentence = story.lines[static_cast<size_t>(fact)];
          const int64_t due = step_at(story.answers[static_cast<size_t>(line.first_answer + answer)].step);
          for (int64_t step = step_at(sentence.first); step <= step_at(sentence.first + sentence.words - 1); ++step)
            support.push_back({i, due, step});
        }
  }
  batch.support = support_tensor(support);
  return batch;
}

Batch BabiTask::pose(const TypedStory& typed, int64_t answer_words) const {
  Story story;
  const auto add_line = [&](const std::vector<std::string>& words, const std::string& end) {
    story.lines.push_back({static_cast<int32_t>(story.words.size()), static_cast<int32_t>(words.size() + 1)});
    for (const auto& word : words) story.words.push_back(*vocabulary().find(word));
    story.words.push_back(*vocabulary().find(end));
  };
  for (const auto& sentence : typed.sentences) add_line(sentence, ".");
  add_line(typed.question, "?");
  story.lines.back().answers = static_cast<int32_t>(answer_words);
  for (int64_t answer = 0; answer < answer_words; ++answer) {
    story.answers.push_back({static_cast<int32_t>(story.words.size()), 0});
    story.words.push_back(0);
  }
  std::vector<Item> items;
  add_items(story, items);
  return make_batch(items.data(), 1);
}

std::string BabiTask::sentence(const float* step) const {
  const int64_t words = vocabulary().size();
  const auto count = static_cast<size_t>(std::lround(std::accumulate(step, step + words, 0.0f)));
  // A word that is there once is at its place; those that are there more often take what is left.
  std::vector<int64_t> at(count, -1), often;
  for (int64_t word = 0; word < words; ++word) {
    if (step[word] == 1)
      at[static_cast<size_t>(std::lround(step[words + word] * static_cast<float>(count))) - 1] = word;
    else
      often.insert(often.end(), static_cast<size_t>(step[word]), word);
  }
  std::string text;
  auto next = often.begin();
  for (const int64_t word : at)
    text += (text.empty() ? "" : " ") + vocabulary().word(word >= 0 ? word : *next++);
  return text;
}

std::vector<std::string> BabiTask::steps(const Batch& batch, int64_t index) const {
  std::vector<std::string> steps;
  for (int64_t step = 0; step < batch.lengths[index].item<int64_t>(); ++step) {
    const at::Tensor read = batch.inputs[index][step];
    const bool pause = read.count_nonzero().item<int64_t>() == 0;
    steps.push_back(pause           ? ""
                    : by_sentence() ? sentence(read.const_data_ptr<float>())
                                    : vocabulary().word(read.argmax().item<int64_t>()));
  }
  return steps;
}

std::string BabiTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const std::vector<std::string> said = steps(batch, index);
  const at::Tensor given = logits.defined() ? logits[index].argmax(-1) : at::Tensor();
  const auto word_at = [&](const at::Tensor& words, size_t step) {
    return vocabulary().word(words[static_cast<int64_t>(step)].item<int64_t>());
  };
  const auto due = [&](size_t step) { return batch.mask[index][static_cast<int64_t>(step)].item<bool>(); };

  std::string text, line;
  int64_t number = 1;
  const auto end_line = [&](const std::string& rest) {
    text += right_aligned(std::to_string(number++), 3) + " " + line + rest + "\n";
    line.clear();
  };
  for (size_t step = 0; step < said.size(); ++step) {
    if (!due(step)) {
      std::istringstream words(said[step]);
      for (std::string word; words >> word;) line += (line.empty() || word == "." || word == "?" ? "" : " ") + word;
      if (line.ends_with(".")) end_line("");
      continue;
    }
    std::string expected, answer;
    for (; step < said.size() && due(step); ++step) {
      expected += (expected.empty() ? "" : ", ") + word_at(batch.targets[index], step);
      if (given.defined()) answer += (answer.empty() ? "" : ", ") + word_at(given, step);
    }
    --step;
    end_line(!given.defined()     ? "  " + expected
             : answer == expected ? "  given: " + answer + " (right)"
                                  : "  given: " + answer + " (wrong; expected: " + expected + ")");
  }
  return text;
}

}  // namespace mneme
