// Repeat copy (Graves, Wayne, Danihelka 2014, section 4.2): recite a sequence a given number of times, then
// say that it is the end.
#pragma once

#include "mneme/tasks/bit_task.h"

namespace mneme {

struct RepeatCopyOptions {
  int64_t bits = 8;
  int64_t min_length = 1;
  int64_t max_length = 10;
  int64_t min_repeats = 1;
  int64_t max_repeats = 10;
  std::string length_per = "sequence";
  std::vector<int64_t> validation_lengths = {};
  std::vector<int64_t> validation_repeats = {};
  std::vector<int64_t> test_lengths = {10, 20, 10};
  std::vector<int64_t> test_repeats = {10, 10, 20};

  template <class Visitor>
  void visit(Visitor&& option) {
    option("bits", bits, "bits of a vector", between(1, 64));
    option("min_length", min_length, "shortest training sequence, in vectors", at_least(1));
    option("max_length", max_length, "longest training sequence, in vectors", at_least(1));
    option("min_repeats", min_repeats, "fewest repeats in training", at_least(1));
    option("max_repeats", max_repeats, "most repeats in training", at_least(1));
    option("length_per", length_per, kLengthPerHelp, length_per_choices());
    option("validation_lengths", validation_lengths,
           "lengths that choose the best checkpoint, in vectors; none: the training range", at_least(1));
    option("validation_repeats", validation_repeats, "repeats for each of validation_lengths", at_least(1));
    option("test_lengths", test_lengths, "lengths of the test's rows, in vectors", at_least(1));
    option("test_repeats", test_repeats, "repeats of the test's rows, one for each of test_lengths",
           at_least(1));
  }
};

/// `length` vectors; one step with the delimiter channel set and the number of repeats, normalised to mean
/// 0 and variance 1 over the training range, on the channel after it; then, without input, the vectors
/// `repeats` times and one step in which only the end marker is due. Features: bits, delimiter, repeats.
/// Outputs: bits, end marker. Test rows: `length`, `repeats`; the first default row is the corner of the
/// training range. A figure beside those of the bits: `wrong_vector_bits_percent`, without the end marker, which the
/// paper's own net gives too often where it has to repeat more often than in training (figure 8).
///
/// The paper gives the number alone: a count near the mean is then nearly invisible as a delimiter.
class RepeatCopyTask : public BitTask {
 public:
  explicit RepeatCopyTask(const Settings& settings);
  std::string name() const override { return "repeat-copy"; }
  TaskSizes sizes() const override { return {options_.bits + 2, options_.bits + 1, TargetKind::bits}; }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::vector<TestSetting> test_settings() const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;
  Score score(const Batch& batch, const at::Tensor& logits) const override;

  /// What the repeats channel holds.
  double normalised_repeats(int64_t repeats) const;

 protected:
  Batch draw_training(int64_t batch_size, double difficulty, Random& random) const override;
  Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const override;
  std::vector<TestSetting> validation_settings() const override;

 private:
  Batch draw(const std::vector<int64_t>& lengths, const std::vector<int64_t>& repeats, Random& random) const;
  RepeatCopyOptions options_;
};

}  // namespace mneme
