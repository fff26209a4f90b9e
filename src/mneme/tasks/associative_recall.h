// Associative recall (Graves, Wayne, Danihelka 2014, section 4.3): given a list of items and one of them,
// recite the one that came after it.
#pragma once

#include "mneme/tasks/bit_task.h"

namespace mneme {

struct AssociativeRecallOptions {
  int64_t bits = 6;
  int64_t vectors = 3;
  int64_t min_items = 2;
  int64_t max_items = 6;
  std::string length_per = "sequence";
  std::vector<int64_t> test_items = {6, 8, 10, 12, 15, 20};

  template <class Visitor>
  void visit(Visitor&& option) {
    option("bits", bits, "bits of a vector", between(1, 64));
    option("vectors", vectors, "vectors of an item", at_least(1));
    option("min_items", min_items, "fewest items in training", at_least(2));
    option("max_items", max_items, "most items in training", at_least(2));
    option("length_per", length_per, kLengthPerHelp, length_per_choices());
    option("test_items", test_items, "items of the test's rows", at_least(2));
  }
};

/// For each item one step with the item delimiter set and the item's vectors; then the query, any item but
/// the last, between two steps with the query delimiter set; then, without input, the vectors of the item
/// after it are due. The items of a sequence differ from each other. Features: bits, item delimiter, query
/// delimiter. Test rows: `items`.
class AssociativeRecallTask : public BitTask {
 public:
  explicit AssociativeRecallTask(const Settings& settings);
  std::string name() const override { return "associative-recall"; }
  TaskSizes sizes() const override { return {options_.bits + 2, options_.bits, TargetKind::bits}; }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::vector<TestSetting> test_settings() const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

 protected:
  Batch draw_training(int64_t batch_size, double difficulty, Random& random) const override;
  Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const override;

 private:
  Batch draw(const std::vector<int64_t>& items, Random& random) const;
  /// Steps of a sequence of so many items.
  int64_t steps(int64_t items) const { return items * (options_.vectors + 1) + 2 * options_.vectors + 2; }
  AssociativeRecallOptions options_;
};

}  // namespace mneme
