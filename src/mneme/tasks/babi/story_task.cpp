#include "mneme/tasks/babi/story_task.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "mneme/core/shape.h"
#include "mneme/tasks/generated_task.h"
#include "mneme/tasks/word_list.h"

namespace mneme {
namespace {

template <class Item>
void sort_by_length(std::vector<Item>& items) {
  std::stable_sort(items.begin(), items.end(),
                   [](const Item& left, const Item& right) { return left.steps < right.steps; });
}

/// The weight with which items are drawn so that tasks give equally many questions.
template <class Iterator>
double items_per_question(Iterator first, Iterator last) {
  int64_t questions = 0;
  for (auto item = first; item != last; ++item) questions += item->questions;
  return questions == 0 ? 0 : static_cast<double>(last - first) / static_cast<double>(questions);
}

}  // namespace

StoryTask::StoryTask(const BabiSource& source, const Settings& settings, int64_t length_groups,
                     const ModelFiles& files)
    : length_groups_(length_groups),
      generated_share_(source.source == "published" ? 0
                       : source.source == "mixed"   ? source.generated_share
                                                    : 1),
      emphasized_(source.emphasized_tasks.begin(), source.emphasized_tasks.end()),
      emphasis_(source.emphasis) {
  const auto words = files.find(kWordsFile);
  try {
    stories_ = read_babi_stories(source, settings);
  } catch (const DataError& error) {
    if (words == files.end()) throw;
    missing_ = error.what();
    for (const std::string& word : read_word_list(words->second)) stories_.vocabulary.add(word);
  }
  if (words != files.end() && word_list_text(vocabulary().words()) != words->second)
    throw DataError("babi: the data has " + std::to_string(vocabulary().size()) +
                    " words, which are not those that the model was trained with; expected the same files");
}

ModelFiles StoryTask::files() const {
  return {{kWordsFile, word_list_text(vocabulary().words())}};
}

void StoryTask::require_stories() const {
  if (!has_stories()) throw DataError(missing_);
}

void StoryTask::prepare(const Limit& limit) {
  limit_ = limit.steps;
  for (const auto& [task, stories] : stories_.tasks) {
    TaskItems& items = tasks_[task];
    for (const Story& story : stories.training) add_items(story, items.training);
    for (const Story& story : stories.held_out) add_items(story, items.held_out);
    for (const Story& story : stories.test) add_items(story, items.test);
    for (auto* part : {&items.training, &items.held_out, &items.test}) sort_by_length(*part);
    const auto too_long = [&](const Item& item) { return item.steps > limit_; };
    const int64_t shortest = items.training.front().steps;
    for (auto* part : {&items.training, &items.held_out}) std::erase_if(*part, too_long);
    if (items.training.empty())
      throw UsageError(name() + ": task." + limit.option + " is " + std::to_string(limit_) +
                       ", expected more: no training story of task " + std::to_string(task) +
                       " is that short (the shortest has " + std::to_string(shortest) + " " + limit.unit +
                       ")");
  }
  set_difficulty(1);
}

void StoryTask::set_difficulty(double difficulty) {
  require_difficulty(difficulty);
  difficulty_ = difficulty;
  int64_t shortest = limit_;
  for (const auto& [task, items] : tasks_) shortest = std::min(shortest, items.training.front().steps);
  const int64_t limit = shortest + std::llround(difficulty * static_cast<double>(limit_ - shortest));
  for (auto& [task, items] : tasks_) {
    const auto end = std::find_if(items.training.begin(), items.training.end(),
                                  [&](const Item& item) { return item.steps > limit; });
    const double emphasis = emphasized_.contains(task) ? emphasis_ : 1;
    items.eligible = static_cast<size_t>(end - items.training.begin());
    items.weight = emphasis * items_per_question(items.training.begin(), end);
    items.generated_weight = emphasis * items_per_question(items.training.begin(), items.training.end());
  }
}

int64_t StoryTask::draw_task(double TaskItems::*weight, Random& random) const {
  double total = 0;
  for (const auto& [task, items] : tasks_) total += items.*weight;
  double at = random.uniform(0, total);
  int64_t chosen = 0;
  for (const auto& [task, items] : tasks_) {
    if (items.*weight == 0) continue;
    chosen = task;
    if (at < items.*weight) break;
    at -= items.*weight;
  }
  return chosen;
}

StoryTask::Item StoryTask::draw_item(std::deque<Story>& generated, Random& random) const {
  if (generated_share_ > 0 && random.coin(generated_share_)) return generate_item(generated, random);
  const TaskItems& items = tasks_.at(draw_task(&TaskItems::weight, random));
  return items.training[static_cast<size_t>(random.integer(0, static_cast<int64_t>(items.eligible) - 1))];
}

StoryTask::Item StoryTask::generate_item(std::deque<Story>& generated, Random& random) const {
  const int64_t task = draw_task(&TaskItems::generated_weight, random);
  for (;;) {  // until a story is short enough, as many published ones are
    generated.push_back(draw_story(task, difficulty_, stories_.vocabulary, random));
    std::vector<Item> items;
    add_items(generated.back(), items);
    const Item& item = items[static_cast<size_t>(random.integer(0, static_cast<int64_t>(items.size()) - 1))];
    if (item.steps <= limit_) return item;
    generated.pop_back();
  }
}

Batch StoryTask::sample(int64_t batch_size, Random& random) const {
  require_stories();
  require_batch_size(batch_size);
  // Any part of the sorted draw is equally likely, so every item keeps its probability.
  std::deque<Story> generated;
  std::vector<Item> drawn;
  for (int64_t i = 0; i < batch_size * length_groups_; ++i) drawn.push_back(draw_item(generated, random));
  sort_by_length(drawn);
  return make_batch(drawn.data() + random.integer(0, length_groups_ - 1) * batch_size, batch_size);
}

std::vector<Batch> StoryTask::by_length(std::vector<Item> items, int64_t batch_size) const {
  require_batch_size(batch_size);
  sort_by_length(items);
  std::vector<Batch> batches;
  for (size_t first = 0; first < items.size(); first += static_cast<size_t>(batch_size))
    batches.push_back(
        make_batch(items.data() + first, std::min(batch_size, static_cast<int64_t>(items.size() - first))));
  return batches;
}

std::vector<Batch> StoryTask::validation(int64_t sequences, int64_t batch_size, Random& random) const {
  require_stories();
  std::vector<Item> held_out;
  for (const auto& [task, items] : tasks_)
    held_out.insert(held_out.end(), items.held_out.begin(), items.held_out.end());
  if (sequences < static_cast<int64_t>(held_out.size())) {
    random.shuffle(held_out);
    held_out.resize(static_cast<size_t>(sequences));
  }
  return by_length(std::move(held_out), batch_size);
}

std::vector<TestSetting> StoryTask::test_settings() const {
  require_stories();
  std::vector<TestSetting> rows;
  for (const auto& [task, items] : tasks_) rows.push_back({{{"task", task}}});
  return rows;
}

std::vector<Batch> StoryTask::test(const TestSetting& setting, int64_t, int64_t batch_size, Random&) const {
  require_stories();
  const auto task = setting.values.find("task");
  if (task == setting.values.end()) throw UsageError(name() + ": the test setting has no task");
  const auto items = tasks_.find(task->second);
  if (items == tasks_.end()) {
    std::vector<int64_t> known;
    for (const auto& [number, of_task] : tasks_) known.push_back(number);
    throw UsageError(name() + ": the test setting has task " + std::to_string(task->second) +
                     ", expected one of task.tasks " + option_text(known));
  }
  return by_length(items->second.test, batch_size);
}

Score StoryTask::score(const Batch& batch, const at::Tensor& logits) const {
  ShapeCheck check("score");
  check.expect("mask", batch.mask, "batch time")
      .bind("words", sizes().outputs, "the vocabulary")
      .expect("logits", logits, "batch time words");
  const at::Tensor answers = logits.detach().to(at::kCPU, at::kFloat).contiguous();
  const int64_t sequences = batch.mask.size(0), time = batch.mask.size(1), words = sizes().outputs;
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

std::map<std::string, double> StoryTask::overall(const std::vector<double>& errors) const {
  if (errors.size() < 2) return {};
  double sum = 0, failed = 0;
  for (const double error : errors) {
    sum += error;
    failed += error > kBabiFailedAbove;
  }
  return {{"error_percent", sum / static_cast<double>(errors.size())}, {"failed_tasks", failed}};
}

StoryTask::Answer StoryTask::answer_to(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  Answer answer{"", 1};
  const auto last = batch.lengths[index].item<int64_t>() - 1;
  auto first = last;
  while (first > 0 && batch.mask[index][first - 1].item<bool>()) --first;
  for (auto step = first; step <= last; ++step) {
    const auto [probability, number] = at::softmax(logits[index][step].to(at::kFloat), -1).max(-1);
    answer.text += (step == first ? "" : ",") + answer_word(number.item<int64_t>());
    answer.probability *= probability.item<double>();
  }
  return answer;
}

at::Tensor support_tensor(const std::vector<SupportingStep>& rows) {
  const at::Tensor support = at::empty({static_cast<int64_t>(rows.size()), 3}, at::kLong);
  int64_t* next = support.data_ptr<int64_t>();
  for (const SupportingStep& row : rows)
    for (const int64_t value : {row.sequence, row.due, row.step}) *next++ = value;
  return support;
}

at::Tensor supporting_steps(const Batch& batch, int64_t index, int64_t steps) {
  at::Tensor supports = at::zeros({steps});
  const int64_t rows = batch.support.defined() ? batch.support.size(0) : 0;
  for (int64_t row = 0; row < rows; ++row)
    if (batch.support[row][0].item<int64_t>() == index) supports[batch.support[row][2].item<int64_t>()] = 1;
  return supports;
}

}  // namespace mneme
