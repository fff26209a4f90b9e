// Parity (Graves 2016, arXiv:1603.08983, section 3.1): how many of the numbers are +1, even or odd? All in one step.
#pragma once

#include "mneme/tasks/generated_task.h"

namespace mneme {

struct ParityOptions {
  int64_t size = 64;
  int64_t min_values = 1;
  int64_t max_values = 64;
  std::string places = "random";
  std::vector<int64_t> test_values = {1, 2, 4, 8, 16, 24, 32, 40, 48, 56, 64};

  template <class Visitor>
  void visit(Visitor&& option) {
    option("size", size, "numbers in the vector", at_least(1));
    option("min_values", min_values, "fewest numbers of +1 or -1, the others are 0", at_least(1));
    option("max_values", max_values, "most numbers of +1 or -1", at_least(1));
    option("places", places, "where these numbers stand: anywhere, or first", one_of({"random", "first"}));
    option("test_values", test_values, "numbers of +1 or -1 in the test's rows", at_least(1));
  }
};

/// One step with a vector of which `values` numbers are +1 or -1; due is the bit "an odd number of them is +1". How
/// hard it is, is the number of values: each is to be looked at. Test rows: `values`.
class ParityTask : public GeneratedTask {
 public:
  explicit ParityTask(const Settings& settings);
  std::string name() const override { return "parity"; }
  TaskSizes sizes() const override { return {options_.size, 1, TargetKind::bits}; }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::string headline() const override { return "error_percent"; }
  std::vector<TestSetting> test_settings() const override;
  Score score(const Batch& batch, const at::Tensor& logits) const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

 protected:
  Batch draw_training(int64_t batch_size, double difficulty, Random& random) const override;
  Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const override;

 private:
  Batch draw(const std::vector<int64_t>& values, Random& random) const;
  ParityOptions options_;
};

}  // namespace mneme
