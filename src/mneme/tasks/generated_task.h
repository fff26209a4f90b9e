// What the tasks over random sequences share: batches of a training or a test range.
#pragma once

#include <string>
#include <vector>

#include "mneme/tasks/task.h"

namespace mneme {

/// Draws training batches at the present difficulty, validation at difficulty 1 or of settings of its own, and the
/// rows of the test.
class GeneratedTask : public Task {
 public:
  Batch sample(int64_t batch_size, Random& random) const override;
  void set_difficulty(double difficulty) override;
  std::vector<Batch> validation(int64_t sequences, int64_t batch_size, Random& random) const override;
  std::vector<Batch> test(const TestSetting& setting, int64_t sequences, int64_t batch_size,
                          Random& random) const override;

 protected:
  virtual Batch draw_training(int64_t batch_size, double difficulty, Random& random) const = 0;
  virtual Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const = 0;
  /// What validation draws, the same number of sequences of each; empty: the training range. Where a model must go
  /// beyond its training range, all its checkpoints may be alike within.
  virtual std::vector<TestSetting> validation_settings() const { return {}; }

 private:
  double difficulty_ = 1;
};

/// The upper end of a range at a difficulty: `low` at 0, `high` at 1, rounded to the nearest between.
int64_t upper_end(int64_t low, int64_t high, double difficulty);

/// One value of low..high for each sequence or, where `per` is "batch", one for all of them.
std::vector<int64_t> draw_lengths(int64_t batch_size, int64_t low, int64_t high, const std::string& per,
                                  Random& random);

/// The option `length_per`, which draw_lengths takes.
OptionLimits length_per_choices();
inline constexpr auto kLengthPerHelp = "whether each sequence or each batch draws a length of its own";

/// Throws UsageError when `low` is above `high`, naming where the user wrote one of them.
void require_ordered(const Settings& settings, const std::string& low_key, int64_t low,
                     const std::string& high_key, int64_t high);

/// A row of the test for each value of one setting: {length 10}, {length 20}, …
std::vector<TestSetting> settings_over(const std::string& key, const std::vector<int64_t>& values);

/// Throws UsageError when the setting lacks the key or has less than 1 there.
int64_t setting_value(const TestSetting& setting, const std::string& task, const std::string& key);

/// Throws Error when it is below 1.
void require_batch_size(int64_t batch_size);

/// Throws Error unless it is within 0 and 1.
void require_difficulty(double difficulty);

}  // namespace mneme
