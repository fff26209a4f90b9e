#include "mneme/tasks/babi/babi.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "mneme/core/shape.h"
#include "mneme/tasks/bit_text.h"
#include "mneme/tasks/generated_task.h"

namespace mneme {
namespace {

constexpr size_t kHoldOutEvery = 10;

int64_t words_in(const Story& story) {
  return static_cast<int64_t>(story.words.size());
}

void renumber(std::vector<Story>& stories, const std::vector<int32_t>& numbers) {
  for (Story& story : stories) {
    for (int32_t& word : story.words) word = numbers[static_cast<size_t>(word)];
    for (auto& answer : story.answers) answer.word = numbers[static_cast<size_t>(answer.word)];
  }
}

void sort_by_length(std::vector<Story>& stories) {
  std::stable_sort(stories.begin(), stories.end(), [](const Story& left, const Story& right) {
    return left.words.size() < right.words.size();
  });
}

int64_t questions_in(const Story& story) {
  int64_t questions = 0;
  for (size_t i = 0; i < story.answers.size(); ++i)
    questions += i == 0 || story.answers[i].step != story.answers[i - 1].step + 1;
  return questions;
}

}  // namespace

BabiTask::BabiTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  if (options_.tasks.empty())
    throw UsageError(settings.find("tasks")->second.origin +
                     ": task.tasks is [], expected at least one of 1 to 20");
  const auto files = read_babi_files(options_.data, options_.set, options_.tasks);
  std::map<int64_t, std::vector<Story>> training;
  for (const auto& [task, texts] : files)
    training[task] = read_stories(texts.train, vocabulary_, NewWords::add);
  const auto numbers = vocabulary_.sort();
  for (const auto& [task, texts] : files) {
    TaskStories& stories = tasks_[task];
    renumber(training[task], numbers);
    int64_t shortest = words_in(training[task].front());
    for (size_t i = 0; i < training[task].size(); ++i) {
      Story& story = training[task][i];
      shortest = std::min(shortest, words_in(story));
      if (words_in(story) > options_.max_words) continue;
      (i % kHoldOutEvery == kHoldOutEvery - 1 ? stories.held_out : stories.training)
          .push_back(std::move(story));
    }
    if (stories.training.empty())
      throw UsageError("babi: task.max_words is " + std::to_string(options_.max_words) +
                       ", expected more: no training story of task " + std::to_string(task) +
                       " is that short (the shortest has " + std::to_string(shortest) + " words)");
    stories.test = read_stories(texts.test, vocabulary_, NewWords::refuse);
    for (auto* part : {&stories.training, &stories.held_out, &stories.test}) sort_by_length(*part);
  }
  set_difficulty(1);
}

void BabiTask::set_difficulty(double difficulty) {
  require_difficulty(difficulty);
  int64_t shortest = options_.max_words;
  for (const auto& [task, stories] : tasks_)
    shortest = std::min(shortest, words_in(stories.training.front()));
  const int64_t limit =
      shortest + std::llround(difficulty * static_cast<double>(options_.max_words - shortest));
  for (auto& [task, stories] : tasks_) {
    const auto end = std::find_if(stories.training.begin(), stories.training.end(),
                                  [&](const Story& story) { return words_in(story) > limit; });
    stories.eligible = static_cast<size_t>(end - stories.training.begin());
    int64_t questions = 0;
    for (auto story = stories.training.begin(); story != end; ++story) questions += questions_in(*story);
    stories.weight =
        questions == 0 ? 0 : static_cast<double>(stories.eligible) / static_cast<double>(questions);
  }
}

const Story* BabiTask::draw_story(double total_weight, Random& random) const {
  double at = random.uniform(0, total_weight);
  const TaskStories* chosen = nullptr;
  for (const auto& [task, stories] : tasks_) {
    if (stories.weight == 0) continue;
    chosen = &stories;
    if (at < stories.weight) break;
    at -= stories.weight;
  }
  return &chosen
              ->training[static_cast<size_t>(random.integer(0, static_cast<int64_t>(chosen->eligible) - 1))];
}

Batch BabiTask::sample(int64_t batch_size, Random& random) const {
  require_batch_size(batch_size);
  double total_weight = 0;
  for (const auto& [task, stories] : tasks_) total_weight += stories.weight;
  // Any part of the sorted draw is equally likely, so every story keeps its probability.
  Stories drawn(static_cast<size_t>(batch_size * options_.length_groups));
  for (auto& story : drawn) story = draw_story(total_weight, random);
  std::stable_sort(drawn.begin(), drawn.end(), [](const Story* left, const Story* right) {
    return left->words.size() < right->words.size();
  });
  return make_batch(drawn.data() + random.integer(0, options_.length_groups - 1) * batch_size, batch_size);
}

Batch BabiTask::make_batch(const Story* const* stories, int64_t count) const {
  int64_t time = 0;
  for (int64_t i = 0; i < count; ++i) time = std::max(time, words_in(*stories[i]));
  const int64_t words = vocabulary_.size();
  Batch batch{{at::zeros({count, time, words}), at::zeros({count}, at::kLong), {}, {}},
              at::zeros({count, time}, at::kLong), at::zeros({count, time}, at::kBool)};
  float* inputs = batch.inputs.data_ptr<float>();
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t step = 0; step < words_in(*stories[i]); ++step)
      inputs[(i * time + step) * words + stories[i]->words[static_cast<size_t>(step)]] = 1;
    for (const auto& answer : stories[i]->answers) {
      batch.targets.data_ptr<int64_t>()[i * time + answer.step] = answer.word;
      batch.mask.data_ptr<bool>()[i * time + answer.step] = true;
    }
    batch.lengths.data_ptr<int64_t>()[i] = words_in(*stories[i]);
  }
  return batch;
}

std::vector<Batch> BabiTask::by_length(Stories stories, int64_t batch_size) const {
  require_batch_size(batch_size);
  std::stable_sort(stories.begin(), stories.end(), [](const Story* left, const Story* right) {
    return left->words.size() < right->words.size();
  });
  std::vector<Batch> batches;
  for (size_t first = 0; first < stories.size(); first += static_cast<size_t>(batch_size))
    batches.push_back(make_batch(stories.data() + first,
                                 std::min(batch_size, static_cast<int64_t>(stories.size() - first))));
  return batches;
}

std::vector<Batch> BabiTask::validation(int64_t sequences, int64_t batch_size, Random& random) const {
  Stories held_out;
  for (const auto& [task, stories] : tasks_)
    for (const Story& story : stories.held_out) held_out.push_back(&story);
  if (sequences < static_cast<int64_t>(held_out.size())) {
    random.shuffle(held_out);
    held_out.resize(static_cast<size_t>(sequences));
  }
  return by_length(std::move(held_out), batch_size);
}

std::vector<TestSetting> BabiTask::test_settings() const {
  std::vector<TestSetting> rows;
  for (const auto& [task, stories] : tasks_) rows.push_back({{{"task", task}}});
  return rows;
}

std::vector<Batch> BabiTask::test(const TestSetting& setting, int64_t, int64_t batch_size, Random&) const {
  const auto task = setting.values.find("task");
  if (task == setting.values.end()) throw UsageError("babi: the test setting has no task");
  const auto stories = tasks_.find(task->second);
  if (stories == tasks_.end())
    throw UsageError("babi: the test setting has task " + std::to_string(task->second) +
                     ", expected one of task.tasks " + option_text(options_.tasks));
  Stories all;
  for (const Story& story : stories->second.test) all.push_back(&story);
  return by_length(std::move(all), batch_size);
}

Score BabiTask::score(const Batch& batch, const at::Tensor& logits) const {
  ShapeCheck check("score");
  check.expect("mask", batch.mask, "batch time")
      .bind("words", vocabulary_.size(), "the vocabulary")
      .expect("logits", logits, "batch time words");
  const at::Tensor answers = logits.detach().to(at::kCPU, at::kFloat).contiguous();
  const int64_t sequences = batch.mask.size(0), time = batch.mask.size(1), words = vocabulary_.size();
  const bool* due = batch.mask.data_ptr<bool>();
  const int64_t* target = batch.targets.data_ptr<int64_t>();

  int64_t questions = 0, wrong = 0;
  double nats = 0;
  for (int64_t sequence = 0; sequence < sequences; ++sequence) {
    bool question_wrong = false;
    for (int64_t step = 0; step < time; ++step) {
      const int64_t at = sequence * time + step;
      if (!due[at]) continue;
      const bool first_word = step == 0 || !due[at - 1];
      if (first_word) {
        ++questions;
        question_wrong = false;
      }
      const float* logit = answers.data_ptr<float>() + at * words;
      const float* highest = std::max_element(logit, logit + words);
      double sum = 0;
      for (int64_t word = 0; word < words; ++word) sum += std::exp(logit[word] - *highest);
      nats += std::log(sum) - (logit[target[at]] - *highest);
      if (highest - logit != target[at] && !question_wrong) {
        question_wrong = true;
        ++wrong;
      }
    }
  }
  const auto asked = static_cast<double>(questions);
  Score score;
  score.figures["error_percent"] = {100.0 * static_cast<double>(wrong), asked};
  score.figures["bits_per_question"] = {nats / std::log(2.0), asked};
  return score;
}

std::string BabiTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const auto length = batch.lengths[index].item<int64_t>();
  const at::Tensor said = batch.inputs[index].argmax(-1);
  const at::Tensor given = logits.defined() ? logits[index].argmax(-1) : at::Tensor();
  const auto word_at = [&](const at::Tensor& words, int64_t step) {
    return vocabulary_.word(words[step].item<int64_t>());
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
