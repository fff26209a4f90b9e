// Copy (Graves, Wayne, Danihelka 2014, section 4.1): store a sequence of random vectors, then recite it.
#pragma once

#include "mneme/tasks/bit_task.h"

namespace mneme {

struct CopyOptions {
  int64_t bits = 8;
  int64_t min_length = 1;
  int64_t max_length = 20;
  std::string length_per = "sequence";
  std::vector<int64_t> validation_lengths = {};
  std::vector<int64_t> test_lengths = {10, 20, 30, 50, 120};

  template <class Visitor>
  void visit(Visitor&& option) {
    option("bits", bits, "bits of a vector", between(1, 64));
    option("min_length", min_length, "shortest training sequence, in vectors", at_least(1));
    option("max_length", max_length, "longest training sequence, in vectors", at_least(1));
    option("length_per", length_per, kLengthPerHelp, length_per_choices());
    option("validation_lengths", validation_lengths,
           "lengths that choose the best checkpoint, in vectors; none: the training range", at_least(1));
    option("test_lengths", test_lengths, "lengths of the test's rows, in vectors", at_least(1));
  }
};

/// `length` vectors, one step with the delimiter channel set, then `length` steps without input in which
/// the vectors are due. Features: bits, delimiter. Test rows: `length`.
class CopyTask : public BitTask {
 public:
  explicit CopyTask(const Settings& settings);
  std::string name() const override { return "copy"; }
  TaskSizes sizes() const override { return {options_.bits + 1, options_.bits, TargetKind::bits}; }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::vector<TestSetting> test_settings() const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

 protected:
  Batch draw_training(int64_t batch_size, double difficulty, Random& random) const override;
  Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const override;
  std::vector<TestSetting> validation_settings() const override;

 private:
  Batch draw(const std::vector<int64_t>& lengths, Random& random) const;
  CopyOptions options_;
};

}  // namespace mneme
