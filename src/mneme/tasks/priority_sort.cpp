#include "mneme/tasks/priority_sort.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "mneme/tasks/batch_writer.h"
#include "mneme/tasks/bit_text.h"

namespace mneme {

PrioritySortTask::PrioritySortTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  require_ordered(settings, "outputs", options_.outputs, "items", options_.items);
}

std::vector<TestSetting> PrioritySortTask::test_settings() const {
  return {{{{"items", options_.items}, {"outputs", options_.outputs}}}};
}

Batch PrioritySortTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  const int64_t items = upper_end(1, options_.items, difficulty);
  const int64_t outputs = std::max<int64_t>(1, items * options_.outputs / options_.items);
  return draw(batch_size, items, outputs, random);
}

Batch PrioritySortTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  const int64_t items = setting_value(setting, name(), "items");
  const int64_t outputs = setting_value(setting, name(), "outputs");
  if (outputs > items)
    throw UsageError("priority-sort: the test setting has outputs " + std::to_string(outputs) +
                     ", expected at most its items, " + std::to_string(items));
  return draw(batch_size, items, outputs, random);
}

Batch PrioritySortTask::draw(int64_t batch_size, int64_t items, int64_t outputs, Random& random) const {
  const int64_t bits = options_.bits;
  BatchWriter writer(batch_size, items + 1 + outputs, bits + 2, bits);
  FairBits fair_bits(random);
  std::vector<int64_t> order(static_cast<size_t>(items));
  for (int64_t sequence = 0; sequence < batch_size; ++sequence) {
    for (int64_t item = 0; item < items; ++item) {
      float* input = writer.input(sequence, item);
      std::generate_n(input, bits, [&] { return fair_bits.next(); });
      input[bits] = static_cast<float>(random.uniform(-1, 1));
    }
    writer.input(sequence, items)[bits + 1] = 1;  // delimiter
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t left, int64_t right) {
      return writer.input(sequence, left)[bits] > writer.input(sequence, right)[bits];
    });
    for (int64_t rank = 0; rank < outputs; ++rank)
      std::copy_n(writer.input(sequence, order[static_cast<size_t>(rank)]), bits,
                  writer.due(sequence, items + 1 + rank));
  }
  return writer.batch();
}

std::string PrioritySortTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const int64_t bits = options_.bits;
  const auto items = batch.inputs[index].select(1, bits + 1).argmax().item<int64_t>();
  const int64_t outputs = batch.lengths[index].item<int64_t>() - items - 1;
  const at::Tensor given = batch.inputs[index].select(1, bits).slice(0, 0, items);
  const at::Tensor sorted = std::get<0>(given.sort(/*dim=*/0, /*descending=*/true));

  const auto vector_width = static_cast<size_t>(std::max<int64_t>(bits, 6));
  const std::string vector_gap(vector_width - static_cast<size_t>(bits), ' ');
  std::string text = "priority sort: " + std::to_string(outputs) + " of " + counted(items, "vector") +
                     ", by priority" + wrong_bits_text(batch, index, logits) + "\n";
  text += "priority  input " + std::string(vector_width - 6, ' ') + "    priority  " +
          (logits.defined() ? "answer" : "target") + "\n";
  for (int64_t line = 0; line < items; ++line) {
    const auto priority = [&](const at::Tensor& priorities) {
      return right_aligned(fixed_text(priorities[line].item<double>(), 3), 8) + "  ";
    };
    text += priority(given) + bit_vector(batch, index, logits, line, BitColumns::Show::input, bits);
    if (line < outputs)
      text += vector_gap + "    " + priority(sorted) +
              bit_vector(batch, index, logits, items + 1 + line, BitColumns::Show::answer, bits);
    text += "\n";
  }
  return text;
}

}  // namespace mneme
