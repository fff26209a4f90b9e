// Sort (Graves 2016, section 3.4): which of the numbers is the smallest, the next, …?
#pragma once

#include "mneme/tasks/generated_task.h"

namespace mneme {

struct NumberSortOptions {
  int64_t min_numbers = 2;
  int64_t max_numbers = 15;
  std::vector<int64_t> test_numbers = {2, 3, 5, 7, 9, 11, 13, 15};

  template <class Visitor>
  void visit(Visitor&& option) {
    option("min_numbers", min_numbers, "fewest numbers of a sequence", at_least(2));
    option("max_numbers", max_numbers, "most numbers of a sequence", between(2, 1000));
    option("test_numbers", test_numbers, "numbers of a sequence in the test's rows", at_least(2));
  }
};

/// A standard normal number a step, the last of them marked; then as many steps without input, where the places of
/// the numbers are due in rising order (classes 0 … max_numbers - 1, counted from the first number). How hard it is, is
/// the count of numbers. Features: number, mark of the last. Test rows: `numbers`.
class NumberSortTask : public GeneratedTask {
 public:
  explicit NumberSortTask(const Settings& settings);
  std::string name() const override { return "sort"; }
  TaskSizes sizes() const override { return {2, options_.max_numbers, TargetKind::classes}; }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::string headline() const override { return "error_percent"; }
  std::vector<TestSetting> test_settings() const override;
  Score score(const Batch& batch, const at::Tensor& logits) const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

 protected:
  Batch draw_training(int64_t batch_size, double difficulty, Random& random) const override;
  Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const override;

 private:
  Batch draw(const std::vector<int64_t>& counts, Random& random) const;
  NumberSortOptions options_;
};

}  // namespace mneme
