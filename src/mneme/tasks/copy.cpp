#include "mneme/tasks/copy.h"

#include <algorithm>

#include "mneme/tasks/batch_writer.h"
#include "mneme/tasks/bit_text.h"

namespace mneme {

CopyTask::CopyTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  require_ordered(settings, "min_length", options_.min_length, "max_length", options_.max_length);
}

std::vector<TestSetting> CopyTask::test_settings() const {
  return settings_over("length", options_.test_lengths);
}

std::vector<TestSetting> CopyTask::validation_settings() const {
  return settings_over("length", options_.validation_lengths);
}

Batch CopyTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  const int64_t longest = upper_end(options_.min_length, options_.max_length, difficulty);
  return draw(draw_lengths(batch_size, options_.min_length, longest, options_.length_per, random), random);
}

Batch CopyTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  return draw(std::vector<int64_t>(static_cast<size_t>(batch_size), setting_value(setting, name(), "length")),
              random);
}

Batch CopyTask::draw(const std::vector<int64_t>& lengths, Random& random) const {
  const int64_t bits = options_.bits;
  const int64_t time = 2 * *std::max_element(lengths.begin(), lengths.end()) + 1;
  BatchWriter writer(static_cast<int64_t>(lengths.size()), time, bits + 1, bits);
  FairBits fair_bits(random);
  for (int64_t sequence = 0; const int64_t length : lengths) {
    for (int64_t step = 0; step < length; ++step) {
      float* input = writer.input(sequence, step);
      float* target = writer.due(sequence, length + 1 + step);
      for (int64_t bit = 0; bit < bits; ++bit) input[bit] = target[bit] = fair_bits.next();
    }
    writer.input(sequence, length)[bits] = 1;  // delimiter
    writer.set_length(sequence, 2 * length + 1);
    ++sequence;
  }
  return writer.batch();
}

std::string CopyTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const int64_t length = (batch.lengths[index].item<int64_t>() - 1) / 2;
  const int64_t bits = options_.bits;
  return "copy of " + counted(length, "vector") + wrong_bits_text(batch, index, logits) + "\n" +
         bit_columns(
             batch, index, logits, bit_labels(bits),
             {{"input", 0, length, BitColumns::Show::input, bits},
              {logits.defined() ? "answer" : "target", length + 1, length, BitColumns::Show::answer, bits}});
}

}  // namespace mneme
