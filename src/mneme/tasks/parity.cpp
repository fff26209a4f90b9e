#include "mneme/tasks/parity.h"

#include <ATen/ATen.h>

#include <numeric>

#include "mneme/tasks/answer_score.h"
#include "mneme/tasks/batch_writer.h"
#include "mneme/tasks/bit_text.h"

namespace mneme {

ParityTask::ParityTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  require_ordered(settings, "min_values", options_.min_values, "max_values", options_.max_values);
  require_ordered(settings, "max_values", options_.max_values, "size", options_.size);
}

std::vector<TestSetting> ParityTask::test_settings() const {
  std::vector<TestSetting> rows;
  for (const int64_t values : options_.test_values)
    if (values <= options_.size) rows.push_back({{{"values", values}}});
  return rows;
}

Batch ParityTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  const int64_t most = upper_end(options_.min_values, options_.max_values, difficulty);
  return draw(draw_lengths(batch_size, options_.min_values, most, "sequence", random), random);
}

Batch ParityTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  const int64_t values = setting_value(setting, name(), "values");
  if (values > options_.size)
    throw UsageError("parity: the test setting has values " + std::to_string(values) + ", expected at most " +
                     std::to_string(options_.size) + ", task.size");
  return draw(std::vector<int64_t>(static_cast<size_t>(batch_size), values), random);
}

Batch ParityTask::draw(const std::vector<int64_t>& values, Random& random) const {
  BatchWriter writer(static_cast<int64_t>(values.size()), 1, options_.size, 1);
  FairBits fair_bits(random);
  const bool anywhere = options_.places == "random";
  std::vector<int64_t> places(static_cast<size_t>(options_.size));
  std::iota(places.begin(), places.end(), 0);
  for (int64_t sequence = 0; const int64_t count : values) {
    float* input = writer.input(sequence, 0);
    bool odd = false;
    for (int64_t i = 0; i < count; ++i) {
      auto& place = places[static_cast<size_t>(i)];
      if (anywhere) std::swap(place, places[static_cast<size_t>(random.integer(i, options_.size - 1))]);
      const bool plus = fair_bits.next() > 0;
      input[place] = plus ? 1 : -1;
      odd ^= plus;
    }
    *writer.due(sequence, 0) = odd ? 1 : 0;
    ++sequence;
  }
  return writer.batch();
}

Score ParityTask::score(const Batch& batch, const at::Tensor& logits) const {
  return score_answers(TargetKind::bits, batch, logits);
}

std::string ParityTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const at::Tensor numbers = batch.inputs[index][0];
  const auto word = [](bool odd) { return odd ? "odd" : "even"; };
  const bool odd = batch.targets[index][0][0].item<float>() > 0.5f;
  std::string text = "parity of " + counted(numbers.count_nonzero().item<int64_t>(), "value") + "\n";
  for (int64_t i = 0; i < numbers.size(0); ++i) {
    const auto number = numbers[i].item<float>();
    text += number > 0 ? '+' : number < 0 ? '-' : '.';
  }
  const auto plus = (numbers > 0).sum().item<int64_t>();
  text += "\n" + std::to_string(plus) + " of them +1: " + word(odd);
  if (logits.defined()) {
    const bool given = logits[index][0][0].item<float>() > 0;
    text += std::string("; given: ") + word(given) + (given == odd ? " (right)" : " (wrong)");
  }
  return text + "\n";
}

}  // namespace mneme
