#include "mneme/tasks/number_sort.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "mneme/tasks/answer_score.h"
#include "mneme/tasks/bit_text.h"

namespace mneme {

NumberSortTask::NumberSortTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  require_ordered(settings, "min_numbers", options_.min_numbers, "max_numbers", options_.max_numbers);
}

std::vector<TestSetting> NumberSortTask::test_settings() const {
  std::vector<TestSetting> rows;
  for (const int64_t numbers : options_.test_numbers)
    if (numbers <= options_.max_numbers) rows.push_back({{{"numbers", numbers}}});
  return rows;
}

Batch NumberSortTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  const int64_t most = upper_end(options_.min_numbers, options_.max_numbers, difficulty);
  return draw(draw_lengths(batch_size, options_.min_numbers, most, "sequence", random), random);
}

Batch NumberSortTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  const int64_t numbers = setting_value(setting, name(), "numbers");
  if (numbers > options_.max_numbers)
    throw UsageError("sort: the test setting has numbers " + std::to_string(numbers) + ", expected at most " +
                     std::to_string(options_.max_numbers) + ", task.max_numbers");
  return draw(std::vector<int64_t>(static_cast<size_t>(batch_size), numbers), random);
}

Batch NumberSortTask::draw(const std::vector<int64_t>& counts, Random& random) const {
  const auto batch_size = static_cast<int64_t>(counts.size());
  const int64_t time = 2 * *std::max_element(counts.begin(), counts.end());
  Batch batch{{at::zeros({batch_size, time, 2}), 2 * at::tensor(counts), {}, {}},
              at::zeros({batch_size, time}, at::kLong),
              at::zeros({batch_size, time}, at::kBool)};
  std::vector<int64_t> order;
  for (int64_t sequence = 0; const int64_t count : counts) {
    float* inputs = batch.inputs.data_ptr<float>() + sequence * time * 2;
    for (int64_t i = 0; i < count; ++i) inputs[2 * i] = static_cast<float>(random.normal());
    inputs[2 * (count - 1) + 1] = 1;
    order.resize(static_cast<size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t left, int64_t right) { return inputs[2 * left] < inputs[2 * right]; });
    const int64_t first = sequence * time + count;
    std::copy(order.begin(), order.end(), batch.targets.data_ptr<int64_t>() + first);
    std::fill_n(batch.mask.data_ptr<bool>() + first, count, true);
    ++sequence;
  }
  return batch;
}

Score NumberSortTask::score(const Batch& batch, const at::Tensor& logits) const {
  return score_answers(TargetKind::classes, batch, logits);
}

std::string NumberSortTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const int64_t count = batch.lengths[index].item<int64_t>() / 2;
  std::string text = "sort of " + counted(count, "number") + "\nplace  number   sorted" +
                     (logits.defined() ? "  given" : "") + "\n";
  for (int64_t i = 0; i < count; ++i) {
    const auto due = batch.targets[index][count + i].item<int64_t>();
    text += right_aligned(std::to_string(i + 1), 5) +
            right_aligned(fixed_text(batch.inputs[index][i][0].item<double>(), 3), 8) +
            right_aligned(std::to_string(due + 1), 9);
    if (logits.defined()) {
      const auto given = logits[index][count + i].argmax().item<int64_t>();
      text += right_aligned(std::to_string(given + 1), 7) + (given == due ? "" : " (wrong)");
    }
    text += "\n";
  }
  return text;
}

}  // namespace mneme
