#include "mneme/tasks/associative_recall.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "mneme/tasks/batch_writer.h"
#include "mneme/tasks/bit_text.h"

namespace mneme {

AssociativeRecallTask::AssociativeRecallTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  require_ordered(settings, "min_items", options_.min_items, "max_items", options_.max_items);
  int64_t most = options_.max_items;
  for (const int64_t items : options_.test_items) most = std::max(most, items);
  // Items are redrawn until they differ: with half of all items in a list that stays quick.
  const int64_t item_bits = options_.bits * options_.vectors;
  if (item_bits < 62 && (int64_t{1} << item_bits) < 2 * most)
    throw UsageError("associative-recall: an item of " + counted(options_.vectors, "vector") + " of " +
                     counted(options_.bits, "bit") + " has " + std::to_string(int64_t{1} << item_bits) +
                     " values, expected at least " + std::to_string(2 * most) + ", twice the most items");
}

std::vector<TestSetting> AssociativeRecallTask::test_settings() const {
  return settings_over("items", options_.test_items);
}

Batch AssociativeRecallTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  const int64_t most = upper_end(options_.min_items, options_.max_items, difficulty);
  return draw(draw_lengths(batch_size, options_.min_items, most, options_.length_per, random), random);
}

Batch AssociativeRecallTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  const int64_t items = setting_value(setting, name(), "items");
  if (items < 2) throw UsageError("associative-recall: the test setting has items 1, expected at least 2");
  return draw(std::vector<int64_t>(static_cast<size_t>(batch_size), items), random);
}

Batch AssociativeRecallTask::draw(const std::vector<int64_t>& items, Random& random) const {
  const int64_t bits = options_.bits, vectors = options_.vectors, item_bits = bits * vectors;
  const int64_t most = *std::max_element(items.begin(), items.end());
  BatchWriter writer(static_cast<int64_t>(items.size()), steps(most), bits + 2, bits);
  FairBits fair_bits(random);
  std::vector<float> drawn(static_cast<size_t>(most * item_bits));  // [items, vectors, bits]
  for (int64_t sequence = 0; const int64_t count : items) {
    for (int64_t item = 0; item < count; ++item) {
      float* const now = drawn.data() + item * item_bits;
      const auto seen_before = [&] {
        for (int64_t other = 0; other < item; ++other)
          if (std::equal(now, now + item_bits, drawn.data() + other * item_bits)) return true;
        return false;
      };
      do {
        std::generate_n(now, item_bits, [&] { return fair_bits.next(); });
      } while (seen_before());
    }

    int64_t step = 0;
    const auto write_item = [&](int64_t item) {
      for (int64_t vector = 0; vector < vectors; ++vector)
        std::copy_n(drawn.data() + item * item_bits + vector * bits, bits, writer.input(sequence, step++));
    };
    for (int64_t item = 0; item < count; ++item) {
      writer.input(sequence, step++)[bits] = 1;  // item delimiter
      write_item(item);
    }
    const int64_t query = random.integer(0, count - 2);
    writer.input(sequence, step++)[bits + 1] = 1;  // query delimiter
    write_item(query);
    writer.input(sequence, step++)[bits + 1] = 1;
    for (int64_t vector = 0; vector < vectors; ++vector)
      std::copy_n(drawn.data() + (query + 1) * item_bits + vector * bits, bits, writer.due(sequence, step++));
    writer.set_length(sequence, step);
    ++sequence;
  }
  return writer.batch();
}

std::string AssociativeRecallTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const int64_t bits = options_.bits, vectors = options_.vectors;
  const int64_t items = (batch.lengths[index].item<int64_t>() - steps(0)) / (vectors + 1);
  const int64_t query_step = items * (vectors + 1) + 1;
  const auto at_step = [&](int64_t step) { return batch.inputs[index].slice(0, step, step + vectors); };

  std::vector<BitColumns> stretches;
  int64_t query = 0;
  for (int64_t item = 0; item < items; ++item) {
    const int64_t step = item * (vectors + 1) + 1;
    if (at_step(step).equal(at_step(query_step))) query = item + 1;
    stretches.push_back({"item " + std::to_string(item + 1), step, vectors, BitColumns::Show::input, bits});
  }
  stretches.push_back({"query", query_step, vectors, BitColumns::Show::input, bits});
  stretches.push_back({logits.defined() ? "answer" : "target", query_step + vectors + 1, vectors,
                       BitColumns::Show::answer, bits});
  return "associative recall of " + counted(items, "item") + ": after item " + std::to_string(query) +
         " comes item " + std::to_string(query + 1) + wrong_bits_text(batch, index, logits) + "\n" +
         bit_columns(batch, index, logits, bit_labels(bits), stretches);
}

}  // namespace mneme
