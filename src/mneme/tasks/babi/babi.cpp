#include "mneme/tasks/babi/babi.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "mneme/tasks/bit_text.h"

namespace mneme {

BabiTask::BabiTask(const Settings& settings, const ModelFiles& files)
    : BabiTask(options_from<BabiOptions>("task", settings), settings, files) {}

BabiTask::BabiTask(const BabiOptions& options, const Settings& settings, const ModelFiles& files)
    : StoryTask(options, settings, options.length_groups, files), options_(options) {
  prepare({options_.max_words, "max_words", "words"});
}

void BabiTask::add_items(const Story& story, std::vector<Item>& items) const {
  const auto asked = std::count_if(story.lines.begin(), story.lines.end(),
                                   [](const Story::Line& line) { return line.answers > 0; });
  items.push_back({&story, 0, static_cast<int64_t>(story.words.size()), asked});
}

Batch BabiTask::make_batch(const Item* items, int64_t count) const {
  int64_t time = 0;
  for (int64_t i = 0; i < count; ++i) time = std::max(time, items[i].steps);
  const int64_t words = vocabulary().size();
  Batch batch{{at::zeros({count, time, words}), at::zeros({count}, at::kLong), {}, {}},
              at::zeros({count, time}, at::kLong), at::zeros({count, time}, at::kBool)};
  float* inputs = batch.inputs.data_ptr<float>();
  std::vector<SupportingStep> support;
  for (int64_t i = 0; i < count; ++i) {
    const Story& story = *items[i].story;
    for (int64_t step = 0; step < items[i].steps; ++step)
      inputs[(i * time + step) * words + story.words[static_cast<size_t>(step)]] = 1;
    for (const auto& answer : story.answers) {
      batch.targets.data_ptr<int64_t>()[i * time + answer.step] = answer.word;
      batch.mask.data_ptr<bool>()[i * time + answer.step] = true;
    }
    batch.lengths.data_ptr<int64_t>()[i] = items[i].steps;
    for (const auto& line : story.lines)
      for (int32_t answer = 0; answer < line.answers; ++answer)
        for (const int32_t fact : line.support) {
          const auto& sentence = story.lines[static_cast<size_t>(fact)];
          const int64_t due = story.answers[static_cast<size_t>(line.first_answer + answer)].step;
          for (int32_t word = 0; word < sentence.words; ++word)
            support.push_back({i, due, sentence.first + word});
        }
  }
  batch.support = support_tensor(support);
  return batch;
}

Batch BabiTask::pose(const TypedStory& story, int64_t answer_words) const {
  std::vector<std::string> words;
  for (const auto& sentence : story.sentences) {
    words.insert(words.end(), sentence.begin(), sentence.end());
    words.emplace_back(".");
  }
  words.insert(words.end(), story.question.begin(), story.question.end());
  words.emplace_back("?");
  const auto asked = static_cast<int64_t>(words.size());
  words.insert(words.end(), static_cast<size_t>(answer_words), std::string(kAnswerDue));
  const auto time = static_cast<int64_t>(words.size());
  Batch batch{{at::zeros({1, time, vocabulary().size()}), at::full({1}, time, at::kLong), {}, {}},
              at::zeros({1, time}, at::kLong), at::zeros({1, time}, at::kBool)};
  float* step = batch.inputs.data_ptr<float>();
  for (const auto& word : words) {
    step[*vocabulary().find(word)] = 1;
    step += vocabulary().size();
  }
  batch.mask.narrow(1, asked, answer_words).fill_(true);
  return batch;
}

std::vector<std::string> BabiTask::words(const Batch& batch, int64_t index) const {
  const auto said = batch.inputs[index].argmax(-1);
  std::vector<std::string> words;
  for (int64_t step = 0; step < batch.lengths[index].item<int64_t>(); ++step)
    words.push_back(vocabulary().word(said[step].item<int64_t>()));
  return words;
}

std::string BabiTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const auto length = batch.lengths[index].item<int64_t>();
  const at::Tensor said = batch.inputs[index].argmax(-1);
  const at::Tensor given = logits.defined() ? logits[index].argmax(-1) : at::Tensor();
  const auto word_at = [&](const at::Tensor& words, int64_t step) {
    return vocabulary().word(words[step].item<int64_t>());
  };

  std::string text, line;
  int64_t number = 1;
  const auto end_line = [&](const std::string& rest) {
    text += right_aligned(std::to_string(number++), 3) + " " + line + rest + "\n";
    line.clear();
  };
  for (int64_t step = 0; step < length; ++step) {
    if (!batch.mask[index][step].item<bool>()) {
      const std::string word = word_at(said, step);
      line += (line.empty() || word == "." || word == "?" ? "" : " ") + word;
      if (word == ".") end_line("");
      continue;
    }
    std::string expected, answer;
    for (; step < length && batch.mask[index][step].item<bool>(); ++step) {
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
