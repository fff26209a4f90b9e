// Copy, reverse and addition of sequences of symbols, as in Kaiser and Sutskever 2016 (arXiv:1511.08228) and Dehghani et
// al. 2018 (arXiv:1807.03819, section 3.3): learned at up to 40 symbols, tested at ten times as many.
#pragma once

#include "mneme/tasks/generated_task.h"

namespace mneme {

struct SymbolsOptions {
  std::string problem = "copy";
  int64_t base = 10;
  int64_t min_length = 3;
  int64_t max_length = 40;
  std::vector<int64_t> test_lengths = {20, 40, 60, 80, 120, 200, 400};

  template <class Visitor>
  void visit(Visitor&& option) {
    option("problem", problem, "what is due", one_of({"copy", "reverse", "addition"}));
    option("base", base, "different symbols", between(2, 10));
    option("min_length", min_length, "shortest training sequence, in symbols", at_least(3));
    option("max_length", max_length, "longest training sequence, in symbols", at_least(3));
    option("test_lengths", test_lengths, "lengths of the test's rows, in symbols", at_least(3));
  }
};

/// The context are the symbols (tokens 1 … base); for addition two numbers of about half the length, the digit of least
/// worth first, with a plus (token base + 1) between. Due is the answer, symbol by symbol, and at last its end (class
/// 0; a symbol is the class of its token). What goes in at a step is the symbol that was due at the step before, 0 at the
/// first. An answer is right when all of it is: then it is also what the model says when it hears its own symbols.
/// Test rows: `length`.
class SymbolsTask : public GeneratedTask {
 public:
  explicit SymbolsTask(const Settings& settings);
  std::string name() const override { return "symbols"; }
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
  using Tokens = std::vector<int64_t>;
  struct Problem {
    Tokens context, answer;
  };
  Problem draw_problem(int64_t length, Random& random) const;
  Batch draw(const std::vector<int64_t>& lengths, Random& random) const;
  std::string text(const at::Tensor& tokens) const;
  SymbolsOptions options_;
};

}  // namespace mneme
