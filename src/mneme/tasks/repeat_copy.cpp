#include "mneme/tasks/repeat_copy.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "mneme/tasks/batch_writer.h"
#include "mneme/tasks/bit_text.h"

namespace mneme {
namespace {

/// Throws UsageError unless `<part>_lengths` and `<part>_repeats` pair up.
void require_paired(const Settings& settings, const std::string& part, const std::vector<int64_t>& lengths,
                    const std::vector<int64_t>& repeats) {
  if (lengths.size() == repeats.size()) return;
  const auto written = settings.find(part + (settings.contains(part + "_repeats") ? "_repeats" : "_lengths"));
  throw UsageError(written->second.origin + ": task." + part + "_repeats has " + std::to_string(repeats.size()) +
                   " values, expected " + std::to_string(lengths.size()) + ", one for each of task." + part +
                   "_lengths");
}

std::vector<TestSetting> of_lengths_and_repeats(const std::vector<int64_t>& lengths,
                                                const std::vector<int64_t>& repeats) {
  std::vector<TestSetting> settings;
  for (size_t row = 0; row < lengths.size(); ++row)
    settings.push_back({{{"length", lengths[row]}, {"repeats", repeats[row]}}});
  return settings;
}

}  // namespace

RepeatCopyTask::RepeatCopyTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  require_ordered(settings, "min_length", options_.min_length, "max_length", options_.max_length);
  require_ordered(settings, "min_repeats", options_.min_repeats, "max_repeats", options_.max_repeats);
  require_paired(settings, "test", options_.test_lengths, options_.test_repeats);
  require_paired(settings, "validation", options_.validation_lengths, options_.validation_repeats);
}

std::vector<TestSetting> RepeatCopyTask::test_settings() const {
  return of_lengths_and_repeats(options_.test_lengths, options_.test_repeats);
}

std::vector<TestSetting> RepeatCopyTask::validation_settings() const {
  return of_lengths_and_repeats(options_.validation_lengths, options_.validation_repeats);
}

double RepeatCopyTask::normalised_repeats(int64_t repeats) const {
  const auto low = static_cast<double>(options_.min_repeats),
             high = static_cast<double>(options_.max_repeats);
  const double values = high - low + 1;
  const double variance = (values * values - 1) / 12;  // of the uniform law over low..high
  return (static_cast<double>(repeats) - (low + high) / 2) / (variance > 0 ? std::sqrt(variance) : 1);
}

Batch RepeatCopyTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  const auto range = [&](int64_t low, int64_t high) {
    return draw_lengths(batch_size, low, upper_end(low, high, difficulty), options_.length_per, random);
  };
  const auto lengths = range(options_.min_length, options_.max_length);
  const auto repeats = range(options_.min_repeats, options_.max_repeats);
  return draw(lengths, repeats, random);
}

Batch RepeatCopyTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  const auto size = static_cast<size_t>(batch_size);
  return draw(std::vector<int64_t>(size, setting_value(setting, name(), "length")),
              std::vector<int64_t>(size, setting_value(setting, name(), "repeats")), random);
}

Batch RepeatCopyTask::draw(const std::vector<int64_t>& lengths, const std::vector<int64_t>& repeats,
                           Random& random) const {
  const int64_t bits = options_.bits;
  const auto steps = [&](size_t sequence) { return lengths[sequence] * (repeats[sequence] + 1) + 2; };
  int64_t time = 0;
  for (size_t sequence = 0; sequence < lengths.size(); ++sequence) time = std::max(time, steps(sequence));

  BatchWriter writer(static_cast<int64_t>(lengths.size()), time, bits + 2, bits + 1);
  FairBits fair_bits(random);
  for (size_t row = 0; row < lengths.size(); ++row) {
    const auto sequence = static_cast<int64_t>(row);
    const int64_t length = lengths[row];
    for (int64_t step = 0; step < length; ++step) {
      float* input = writer.input(sequence, step);
      for (int64_t bit = 0; bit < bits; ++bit) input[bit] = fair_bits.next();
      for (int64_t repeat = 0; repeat < repeats[row]; ++repeat)
        std::copy_n(input, bits, writer.due(sequence, length + 1 + repeat * length + step));
    }
    float* order = writer.input(sequence, length);
    order[bits] = 1;  // delimiter
    order[bits + 1] = static_cast<float>(normalised_repeats(repeats[row]));
    writer.due(sequence, steps(row) - 1)[bits] = 1;  // end marker
    writer.set_length(sequence, steps(row));
  }
  return writer.batch();
}

Score RepeatCopyTask::score(const Batch& batch, const at::Tensor& logits) const {
  Score score = BitTask::score(batch, logits);
  const auto vectors = [&](const at::Tensor& all) { return all.detach().cpu().narrow(2, 0, options_.bits); };
  const at::Tensor wrong = vectors(logits).gt(0).ne(vectors(batch.targets).gt(0.5)).logical_and(batch.mask.unsqueeze(2));
  score.figures["wrong_vector_bits_percent"] = {100.0 * wrong.sum().item<double>(),
                                                static_cast<double>(batch.mask.sum().item<int64_t>() * options_.bits)};
  return score;
}

std::string RepeatCopyTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const int64_t bits = options_.bits;
  const at::Tensor delimiters = batch.inputs[index].select(1, bits);
  const auto length = delimiters.argmax().item<int64_t>();
  const int64_t repeats = (batch.lengths[index].item<int64_t>() - 2) / length - 1;

  std::vector<BitColumns> stretches = {{"input", 0, length, BitColumns::Show::input, bits}};
  const std::string title = logits.defined() ? "answer " : "target ";
  for (int64_t repeat = 0; repeat < repeats; ++repeat)
    stretches.push_back({title + std::to_string(repeat + 1), length + 1 + repeat * length, length,
                         BitColumns::Show::answer, bits + 1});
  stretches.push_back({"end", length * (repeats + 1) + 1, 1, BitColumns::Show::answer, bits + 1});
  auto labels = bit_labels(bits);
  labels.push_back("end");
  return "repeat copy of " + counted(length, "vector") + ", " + counted(repeats, "time") +
         wrong_bits_text(batch, index, logits) + "\n" + bit_columns(batch, index, logits, labels, stretches);
}

}  // namespace mneme
