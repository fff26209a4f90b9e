#include "mneme/tasks/generated_task.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

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

Batch GeneratedTask::sample(int64_t batch_size, Random& random) const {
  require_batch_size(batch_size);
  return draw_training(batch_size, difficulty_, random);
}

void GeneratedTask::set_difficulty(double difficulty) {
  require_difficulty(difficulty);
  difficulty_ = difficulty;
}

std::vector<Batch> GeneratedTask::validation(int64_t sequences, int64_t batch_size, Random& random) const {
  const auto settings = validation_settings();
  if (settings.empty())
    return draw_batches(sequences, batch_size, [&](int64_t size) { return draw_training(size, 1, random); });
  std::vector<Batch> batches;
  const auto rows = static_cast<int64_t>(settings.size());
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t share = sequences * (row + 1) / rows - sequences * row / rows;
    for (Batch& batch : test(settings[static_cast<size_t>(row)], share, batch_size, random))
      batches.push_back(std::move(batch));
  }
  return batches;
}

std::vector<Batch> GeneratedTask::test(const TestSetting& setting, int64_t sequences, int64_t batch_size,
                                       Random& random) const {
  return draw_batches(sequences, batch_size, [&](int64_t size) { return draw_test(setting, size, random); });
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

std::vector<TestSetting> settings_over(const std::string& key, const std::vector<int64_t>& values) {
  std::vector<TestSetting> settings;
  for (const int64_t value : values) settings.push_back({{{key, value}}});
  return settings;
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
