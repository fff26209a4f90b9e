#include "mneme/tasks/logic.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "mneme/tasks/answer_score.h"
#include "mneme/tasks/batch_writer.h"
#include "mneme/tasks/bit_text.h"

namespace mneme {
namespace {

constexpr int64_t kGates = static_cast<int64_t>(kLogicGates.size());
constexpr int64_t kFirstGate = 2;  // the features before: b_0 and b_1

}  // namespace

LogicTask::LogicTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  require_ordered(settings, "min_length", options_.min_length, "max_length", options_.max_length);
  require_ordered(settings, "min_gates", options_.min_gates, "max_gates", options_.max_gates);
}

std::vector<TestSetting> LogicTask::test_settings() const {
  return settings_over("gates", options_.test_gates);
}

Batch LogicTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  return draw(batch_size, options_.min_gates, upper_end(options_.min_gates, options_.max_gates, difficulty), random);
}

Batch LogicTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  const int64_t gates = setting_value(setting, name(), "gates");
  if (gates > kGates)
    throw UsageError("logic: the test setting has gates " + std::to_string(gates) + ", expected 1 to " +
                     std::to_string(kGates));
  return draw(batch_size, gates, gates, random);
}

Batch LogicTask::draw(int64_t batch_size, int64_t fewest_gates, int64_t most_gates, Random& random) const {
  const auto lengths = draw_lengths(batch_size, options_.min_length, options_.max_length, "sequence", random);
  BatchWriter writer(batch_size, *std::max_element(lengths.begin(), lengths.end()), sizes().features, 1);
  for (int64_t sequence = 0; const int64_t length : lengths) {
    bool due = false;
    for (int64_t step = 0; step < length; ++step) {
      float* input = writer.input(sequence, step);
      bool before = due, now = random.coin();  // b_{i-1}, b_i
      if (step == 0) input[0] = before = random.coin();
      input[1] = now;
      const int64_t gates = random.integer(fewest_gates, most_gates);
      for (int64_t i = 0; i < gates; ++i) {
        const int64_t gate = random.integer(0, kGates - 1);
        input[kFirstGate + i * kGates + gate] = 1;
        const bool next = kLogicGates[static_cast<size_t>(gate)](now, before);
        before = now;
        now = next;
      }
      due = now;
      *writer.due(sequence, step) = due;
    }
    writer.set_length(sequence, length);
    ++sequence;
  }
  return writer.batch();
}

Score LogicTask::score(const Batch& batch, const at::Tensor& logits) const {
  return score_answers(TargetKind::bits, batch, logits);
}

std::string LogicTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const auto length = batch.lengths[index].item<int64_t>();
  std::string text = "logic: " + counted(length, "vector") + "\n";
  for (int64_t step = 0; step < length; ++step) {
    const at::Tensor input = batch.inputs[index][step];
    const auto digit = [](const at::Tensor& value) { return value.item<float>() > 0.5f ? "1" : "0"; };
    text += std::string(step == 0 ? digit(input[0]) : "_") + " " + digit(input[1]);
    for (int64_t i = 0; i < kGates; ++i) {
      const at::Tensor gate = input.narrow(0, kFirstGate + i * kGates, kGates);
      if (gate.any().item<bool>())
        text.append(" ").append(kLogicGates[static_cast<size_t>(gate.argmax().item<int64_t>())].name);
    }
    const std::string due = digit(batch.targets[index][step][0]);
    text += " = " + due;
    if (logits.defined()) {
      const std::string given = logits[index][step][0].item<float>() > 0 ? "1" : "0";
      text += "  given: " + given + (given == due ? "" : " (wrong)");
    }
    text += "\n";
  }
  return text;
}

}  // namespace mneme
