// Addition (Graves 2016, section 3.3): the running sum of numbers, digit by digit.
#pragma once

#include "mneme/tasks/generated_task.h"

namespace mneme {

struct AdditionOptions {
  int64_t min_numbers = 2;
  int64_t max_numbers = 5;
  int64_t max_digits = 5;
  std::vector<int64_t> test_digits = {1, 2, 3, 4, 5};

  template <class Visitor>
  void visit(Visitor&& option) {
    option("min_numbers", min_numbers, "fewest numbers of a sequence", at_least(2));
    option("max_numbers", max_numbers, "most numbers of a sequence", between(2, 1000));
    option("max_digits", max_digits, "most digits of a number", between(1, 9));
    option("test_digits", test_digits, "digits of every number in the test's rows", between(1, 9));
  }
};

/// A number a step: its digits from the first on, each as one 1 of ten, and zeros after its last. From the second
/// step on the sum of all numbers so far is due: a group of 11 classes a digit, from the first on, class 10 after the
/// last. How hard a step is, is the number's count of digits. Features: max_digits · 10. Test rows: `digits`, with
/// max_numbers numbers.
class AdditionTask : public GeneratedTask {
 public:
  explicit AdditionTask(const Settings& settings);
  std::string name() const override { return "addition"; }
  TaskSizes sizes() const override;
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::string headline() const override { return "error_percent"; }
  std::vector<TestSetting> test_settings() const override;
  Score score(const Batch& batch, const at::Tensor& logits) const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

 protected:
  Batch draw_training(int64_t batch_size, double difficulty, Random& random) const override;
  Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const override;

 private:
  Batch draw(const std::vector<int64_t>& counts, int64_t fewest_digits, int64_t most_digits, Random& random) const;
  int64_t sum_digits() const;  ///< of the largest sum
  AdditionOptions options_;
};

}  // namespace mneme
