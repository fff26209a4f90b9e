// Priority sort (Graves, Wayne, Danihelka 2014, section 4.5): recite vectors in the order of their
// priorities.
#pragma once

#include "mneme/tasks/bit_task.h"

namespace mneme {

struct PrioritySortOptions {
  int64_t bits = 8;
  int64_t items = 20;
  int64_t outputs = 16;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("bits", bits, "bits of a vector", between(1, 64));
    option("items", items, "vectors in a sequence", at_least(1));
    option("outputs", outputs, "vectors to give, those of highest priority", at_least(1));
  }
};

/// `items` vectors, each with a priority uniform in [-1, 1) on a channel of its own; one step with the
/// delimiter channel set; then, without input, the `outputs` vectors of highest priority are due, the
/// highest first. Features: bits, priority, delimiter. A lower difficulty has fewer items and, in
/// proportion, fewer outputs. Test row: `items`, `outputs`.
class PrioritySortTask : public BitTask {
 public:
  explicit PrioritySortTask(const Settings& settings);
  std::string name() const override { return "priority-sort"; }
  TaskSizes sizes() const override { return {options_.bits + 2, options_.bits, TargetKind::bits}; }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::vector<TestSetting> test_settings() const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

 protected:
  Batch draw_training(int64_t batch_size, double difficulty, Random& random) const override;
  Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const override;

 private:
  Batch draw(int64_t batch_size, int64_t items, int64_t outputs, Random& random) const;
  PrioritySortOptions options_;
};

}  // namespace mneme
