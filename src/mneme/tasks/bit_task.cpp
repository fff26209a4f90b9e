#include "mneme/tasks/bit_task.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "mneme/core/shape.h"

namespace mneme {
namespace {

/// Calls `draw(size)` until `sequences` are drawn, `batch_size` at a time.
template <class Draw>
std::vector<Batch> draw_batches(int64_t sequences, int64_t batch_size, Draw&& draw) {
  require_batch_size(batch_size);
  std::vector<Batch> batches;
  for (int64_t left = sequences; left > 0; left -= batch_size)
    batches.push_back(draw(std::min(left, batch_size)));
  return batches;
}

}  // namespace

Batch BitTask::sample(int64_t batch_size, Random& random) const {
  require_batch_size(batch_size);
  return draw_training(batch_size, difficulty_, random);
}

void BitTask::set_difficulty(double difficulty) {
  require_difficulty(difficulty);
  difficulty_ = difficulty;
}

std::vector<Batch> BitTask::validation(int64_t sequences, int64_t batch_size, Random& random) const {
  return draw_batches(sequences, batch_size, [&](int64_t size) { return draw_training(size, 1, random); });
}

std::vector<Batch> BitTask::test(const TestSetting& setting, int64_t sequences, int64_t batch_size,
                                 Random& random) const {
  return draw_batches(sequences, batch_size, [&](int64_t size) { return draw_test(setting, size, random); });
}

Score BitTask::score(const Batch& batch, const at::Tensor& logits) const {
  ShapeCheck("score")
      .expect("targets", batch.targets, "batch time outputs")
      .expect("logits", logits, "batch time outputs");
  const at::Tensor answers = logits.detach().to(at::kCPU, at::kFloat).contiguous();
  const float* logit = answers.data_ptr<float>();
  const float* target = batch.targets.data_ptr<float>();
  const bool* due = batch.mask.data_ptr<bool>();
  const int64_t steps = batch.mask.numel();
  const int64_t outputs = batch.targets.size(2);

  double nats = 0;
  int64_t wrong = 0, bits = 0;
  for (int64_t step = 0; step < steps; ++step) {
    if (!due[step]) continue;
    for (int64_t output = step * outputs; output < (step + 1) * outputs; ++output) {
      const float z = logit[output];
      // -log p(target) = softplus(z) - z target, without overflow
      nats += std::max(z, 0.0f) + std::log1p(std::exp(-std::abs(z))) - z * target[output];
      wrong += (z > 0) != (target[output] > 0.5f);
    }
    bits += outputs;
  }
  Score score;
  score.figures["bits_per_sequence"] = {nats / std::log(2.0), static_cast<double>(batch.targets.size(0))};
  score.figures["wrong_bits_percent"] = {100.0 * static_cast<double>(wrong), static_cast<double>(bits)};
  return score;
}

int64_t upper_end(int64_t low, int64_t high, double difficulty) {
  return low + std::llround(difficulty * static_cast<double>(high - low));
}

std::vector<int64_t> draw_lengths(int64_t batch_size, int64_t low, int64_t high, const std::string& per,
                                  Random& random) {
  if (per == "batch") return std::vector<int64_t>(static_cast<size_t>(batch_size), random.integer(low, high));
  std::vector<int64_t> lengths(static_cast<size_t>(batch_size));
  for (int64_t& length : lengths) length = random.integer(low, high);
  return lengths;
}

OptionLimits length_per_choices() {
  return one_of({"sequence", "batch"});
}

void require_ordered(const Settings& settings, const std::string& low_key, int64_t low,
                     const std::string& high_key, int64_t high) {
  if (low <= high) return;
  const auto written =
      settings.find(settings.contains(low_key) ? low_key : high_key);  // defaults are in order
  throw UsageError(written->second.origin + ": task." + low_key + " is " + std::to_string(low) +
                   ", expected at most task." + high_key + ", which is " + std::to_string(high));
}

int64_t setting_value(const TestSetting& setting, const std::string& task, const std::string& key) {
  const auto found = setting.values.find(key);
  if (found == setting.values.end()) throw UsageError(task + ": the test setting has no " + key);
  if (found->second < 1)
    throw UsageError(task + ": the test setting has " + key + " " + std::to_string(found->second) +
                     ", expected at least 1");
  return found->second;
}

void require_batch_size(int64_t batch_size) {
  if (batch_size < 1) throw Error("batch_size is " + std::to_string(batch_size) + ", expected at least 1");
}

void require_difficulty(double difficulty) {
  if (!(difficulty >= 0 && difficulty <= 1))
    throw Error("set_difficulty: difficulty is " + option_text(difficulty) + ", expected 0 to 1");
}

}  // namespace mneme
