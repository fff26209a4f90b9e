#include "mneme/tasks/ngrams.h"

#include <ATen/ATen.h>

#include <cmath>

#include "mneme/tasks/batch_writer.h"
#include "mneme/tasks/bit_text.h"

namespace mneme {
namespace {

constexpr size_t kBitsPerLine = 80;

double bits_for(double probability_of_one, bool bit) {
  return -std::log2(bit ? probability_of_one : 1 - probability_of_one);
}

std::string probability_bar(double probability) {
  static constexpr const char* kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  return kBars[std::min(7, static_cast<int>(probability * 8))];
}

}  // namespace

NgramsTask::NgramsTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  if (options_.length <= options_.context) {
    const auto written = settings.find(settings.contains("length") ? "length" : "context");
    throw UsageError(written->second.origin + ": task.length is " + std::to_string(options_.length) +
                     ", expected more than task.context, which is " + std::to_string(options_.context));
  }
}

Batch NgramsTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  return draw(batch_size, upper_end(options_.context + 1, options_.length, difficulty), random);
}

Batch NgramsTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  const int64_t length = setting_value(setting, name(), "length");
  if (length <= options_.context)
    throw UsageError("ngrams: the test setting has length " + std::to_string(length) +
                     ", expected more than the " + counted(options_.context, "bit") + " of context");
  return draw(batch_size, length, random);
}

Batch NgramsTask::draw(int64_t batch_size, int64_t length, Random& random) const {
  const int64_t context_bits = options_.context;
  const uint32_t contexts = uint32_t{1} << context_bits;
  std::vector<double> table(contexts);  // probability of a 1 after each context
  BatchWriter writer(batch_size, length - 1, 1, 1);
  for (int64_t sequence = 0; sequence < batch_size; ++sequence) {
    for (double& probability : table) probability = random.beta_half_half();
    uint32_t context = 0;
    for (int64_t step = 0; step < length; ++step) {
      const bool bit = random.coin(step < context_bits ? 0.5 : table[context]);
      if (step < length - 1) *writer.input(sequence, step) = bit;
      if (step >= context_bits) *writer.due(sequence, step - 1) = bit;
      context = (context << 1 | bit) & (contexts - 1);
    }
  }
  return writer.batch();
}

std::vector<double> optimal_ngram_probabilities(std::span<const uint8_t> bits, int64_t context_bits) {
  const uint32_t contexts = uint32_t{1} << context_bits;
  std::vector<double> ones(contexts), seen(contexts);  // N1, N0 + N1
  std::vector<double> probabilities;
  uint32_t context = 0;
  for (size_t step = 0; step < bits.size(); ++step) {
    if (step >= static_cast<size_t>(context_bits)) {
      probabilities.push_back((ones[context] + 0.5) / (seen[context] + 1));
      ones[context] += bits[step];
      seen[context] += 1;
    }
    context = (context << 1 | bits[step]) & (contexts - 1);
  }
  return probabilities;
}

std::vector<uint8_t> ngram_bits(const Batch& batch, int64_t index) {
  const int64_t time = batch.inputs.size(1);
  const float* inputs = batch.inputs.data_ptr<float>() + index * time;
  const float* targets = batch.targets.data_ptr<float>() + index * time;
  std::vector<uint8_t> bits(inputs, inputs + time);
  bits.push_back(static_cast<uint8_t>(targets[time - 1]));
  return bits;
}

Score NgramsTask::score(const Batch& batch, const at::Tensor& logits) const {
  Score score = BitTask::score(batch, logits);
  double optimal = 0;
  for (int64_t sequence = 0; sequence < batch.inputs.size(0); ++sequence) {
    const auto bits = ngram_bits(batch, sequence);
    const auto probabilities = optimal_ngram_probabilities(bits, options_.context);
    for (size_t i = 0; i < probabilities.size(); ++i)
      optimal += bits_for(probabilities[i], bits[static_cast<size_t>(options_.context) + i]);
  }
  const Ratio model = score.figures.at("bits_per_sequence");
  score.figures["optimal_bits_per_sequence"] = {optimal, model.denominator};
  score.figures["gap_bits_per_sequence"] = {model.numerator - optimal, model.denominator};
  return score;
}

std::string NgramsTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const auto bits = ngram_bits(batch, index);
  const auto context = static_cast<size_t>(options_.context);
  const auto optimal = optimal_ngram_probabilities(bits, options_.context);
  std::vector<double> model;
  if (logits.defined()) {
    const at::Tensor given =
        logits[index].detach().to(at::kCPU, at::kDouble).sigmoid().flatten().contiguous();
    model.assign(given.data_ptr<double>() + context - 1, given.data_ptr<double>() + given.numel());
  }
  const auto cost = [&](const std::vector<double>& probabilities) {
    double total = 0;
    for (size_t i = 0; i < probabilities.size(); ++i) total += bits_for(probabilities[i], bits[context + i]);
    return fixed_text(total, 2) + " bits";
  };

  std::string text = std::to_string(context + 1) + "-grams, " + std::to_string(bits.size()) +
                     " bits: optimal " + cost(optimal) + (model.empty() ? "" : ", model " + cost(model)) +
                     "\n";
  for (size_t first = 0; first < bits.size(); first += kBitsPerLine) {
    const size_t last = std::min(first + kBitsPerLine, bits.size());
    text += "bits     ";
    for (size_t i = first; i < last; ++i) text += bits[i] ? '1' : '0';
    const auto bars = [&](const char* label, const std::vector<double>& probabilities) {
      text += label;
      for (size_t i = first; i < last; ++i)
        text += i < context ? " " : probability_bar(probabilities[i - context]);
    };
    bars("\noptimal  ", optimal);
    if (!model.empty()) bars("\nmodel    ", model);
    text += '\n';
  }
  return text + "(bars: the probability that the bit is 1, ▁ below 1/8 to █ above 7/8)\n";
}

}  // namespace mneme
