// Dynamic N-grams (Graves, Wayne, Danihelka 2014, section 4.4): learn a new N-gram law from each sequence.
#pragma once

#include <span>

#include "mneme/tasks/bit_task.h"

namespace mneme {

struct NgramsOptions {
  int64_t length = 200;
  int64_t context = 5;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("length", length, "bits of a sequence", at_least(2));
    option("context", context, "bits that the next one depends on (N - 1)", between(1, 16));
  }
};

/// Every sequence has a table of its own: for each context a probability of a 1, drawn from Beta(1/2, 1/2).
/// The first `context` bits are fair, each later one follows the table. Input: a bit a step; target: the
/// next bit, due from where the context is whole. The fair bits are not scored: they would add `context`
/// bits to every predictor. A lower difficulty shortens the sequences. Test row: `length`.
///
/// Further figures: `optimal_bits_per_sequence`, the cost of the Bayes-optimal estimator on the same
/// sequences, and `gap_bits_per_sequence`, the model's cost above it.
class NgramsTask : public BitTask {
 public:
  explicit NgramsTask(const Settings& settings);
  std::string name() const override { return "ngrams"; }
  TaskSizes sizes() const override { return {1, 1, TargetKind::bits}; }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::vector<TestSetting> test_settings() const override { return {{{{"length", options_.length}}}}; }
  Score score(const Batch& batch, const at::Tensor& logits) const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

 protected:
  Batch draw_training(int64_t batch_size, double difficulty, Random& random) const override;
  Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const override;

 private:
  Batch draw(int64_t batch_size, int64_t length, Random& random) const;
  NgramsOptions options_;
};

/// The Bayes-optimal probability that bits[context + i] is 1, given all bits before it:
/// (N1 + 1/2) / (N0 + N1 + 1), where N1 and N0 count the ones and zeros seen so far after the same context.
/// Result: [bits - context].
std::vector<double> optimal_ngram_probabilities(std::span<const uint8_t> bits, int64_t context);

/// All bits of one sequence of a batch of NgramsTask, the last of them from its target.
std::vector<uint8_t> ngram_bits(const Batch& batch, int64_t index);

}  // namespace mneme
