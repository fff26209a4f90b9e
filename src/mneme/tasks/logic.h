// Logic (Graves 2016, section 3.2): truth values through a row of gates, sequence after sequence.
#pragma once

#include <array>
#include <string_view>

#include "mneme/tasks/generated_task.h"

namespace mneme {

/// A gate of two inputs. Bit 2·p + q of `truth` is what it makes of p and q.
struct LogicGate {
  std::string_view name;
  unsigned truth;
  bool operator()(bool p, bool q) const { return (truth >> (2u * p + q) & 1u) != 0; }
};

inline constexpr std::array<LogicGate, 10> kLogicGates = {{{"NOR", 0b0001},
                                                           {"Xq", 0b0010},
                                                           {"ABJ", 0b0100},
                                                           {"XOR", 0b0110},
                                                           {"NAND", 0b0111},
                                                           {"AND", 0b1000},
                                                           {"XNOR", 0b1001},
                                                           {"if/then", 0b1011},
                                                           {"then/if", 0b1101},
                                                           {"OR", 0b1110}}};

struct LogicOptions {
  int64_t min_length = 1;
  int64_t max_length = 10;
  int64_t min_gates = 1;
  int64_t max_gates = 10;
  std::vector<int64_t> test_gates = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

  template <class Visitor>
  void visit(Visitor&& option) {
    option("min_length", min_length, "shortest sequence, in vectors", at_least(1));
    option("max_length", max_length, "longest sequence, in vectors", at_least(1));
    option("min_gates", min_gates, "fewest gates of a vector", between(1, 10));
    option("max_gates", max_gates, "most gates of a vector", between(1, 10));
    option("test_gates", test_gates, "gates of every vector in the test's rows", between(1, 10));
  }
};

/// A vector a step: two truth values b_0 and b_1, then ten places for gates, each a gate's number as one 1 of ten or
/// nothing. Its B gates make b_{i+1} = gate_i(b_i, b_{i-1}) for i = 1 … B; due is b_{B+1}. From the second vector on
/// b_0 is what was due before, and the place for it is 0: it must be remembered. How hard a step is, is B.
/// Features: b_0, b_1, 10 · 10. Test rows: `gates`, at training lengths.
///
/// The paper's table 1 names the gates; the layout of a vector is its section 3.2.
class LogicTask : public GeneratedTask {
 public:
  explicit LogicTask(const Settings& settings);
  std::string name() const override { return "logic"; }
  TaskSizes sizes() const override { return {102, 1, TargetKind::bits}; }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::string headline() const override { return "error_percent"; }
  std::vector<TestSetting> test_settings() const override;
  Score score(const Batch& batch, const at::Tensor& logits) const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

 protected:
  Batch draw_training(int64_t batch_size, double difficulty, Random& random) const override;
  Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const override;

 private:
  Batch draw(int64_t batch_size, int64_t fewest_gates, int64_t most_gates, Random& random) const;
  LogicOptions options_;
};

}  // namespace mneme
