#include "mneme/kernels/ntm/ntm_checks.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/kernels/sequence_lengths.h"

namespace mneme {
namespace {

/// A part of the state before the first step: [start, …], or without `start` where there is one state for all.
void expect_state(ShapeCheck& check, const char* name, const at::Tensor& part, const std::string& one) {
  const auto dims = std::count(one.begin(), one.end(), ' ') + 1;
  const bool single = check.size("start") == 1 && part.defined() && part.dim() == dims;
  check.expect(name, part, single ? one : "start " + one);
}

}  // namespace

std::string ntm_sequence_obstacles(const NtmSequenceInputs& in, const NtmSequenceOptions& options) {
  std::string reasons;
  const auto reason = [&](const std::string& text) { reasons += (reasons.empty() ? "" : "\n") + text; };
  if (!in.memory.defined()) return "memory is undefined";
  if (!in.memory.device().is_cpu())
    reason("memory is on " + in.memory.device().str() + ", the kernel runs on the cpu");
  const auto dtype = in.memory.scalar_type();
  if (dtype != at::kFloat && dtype != at::kDouble)
    reason("memory is " + dtype_text(dtype) + ", the kernel takes float32 and float64");
  const auto at_least_one = [&](const char* name, int64_t value) {
    if (value < 1) reason(std::string(name) + " is " + std::to_string(value) + ", expected 1 or more");
  };
  at_least_one("read_heads", options.read_heads);
  at_least_one("write_heads", options.write_heads);
  if (options.shift_range < 0)
    reason("shift_range is " + std::to_string(options.shift_range) + ", expected 0 or more");
  return reasons;
}

NtmSizes checked_ntm_sizes(const NtmSequenceInputs& in, const NtmSequenceOptions& options) {
  const std::string obstacles = ntm_sequence_obstacles(in, options);
  if (!obstacles.empty()) throw Error("ntm_sequence: cannot run:\n" + obstacles);
  ShapeCheck check("ntm_sequence");
  check.expect("inputs", in.inputs, "batch time features");
  if (in.memory.dim() == 2) check.bind("start", 1, "memory");
  check.expect("memory", in.memory, in.memory.dim() == 2 ? "slots width" : "start slots width")
      .expect("output_bias", in.output_bias, "outputs")
      .expect("interface_weight", in.interface_weight, "interface hidden");
  NtmSizes s{};
  s.batch = check.size("batch");
  s.time = check.size("time");
  s.inputs = check.size("features");
  s.outputs = check.size("outputs");
  s.hidden = check.size("hidden");
  s.slots = check.size("slots");
  s.width = check.size("width");
  s.read_heads = options.read_heads;
  s.write_heads = options.write_heads;
  s.shift_range = options.shift_range;
  s.lstm = options.controller == NtmController::lstm;
  s.shared_state = check.size("start") == 1;
  const int64_t start = check.size("start");
  if (start != 1 && start != s.batch)
    throw Error("ntm_sequence: memory is " + shape_text(in.memory) + ", expected [batch=" + std::to_string(s.batch) +
                " or 1, slots, width]; sizes fixed by inputs " + shape_text(in.inputs));
  ShapeCheck("ntm_sequence").bind("interface", s.interface(), "the heads and width")
      .expect("interface_weight", in.interface_weight, "interface hidden");
  check.bind("heads", s.heads(), "the options").bind("reads", s.reads(), "the heads and width")
      .bind("gates", s.gates(), "the controller and hidden").bind("recurrent", s.recurrent(), "the controller and hidden")
      .bind("outcome", s.features(), "hidden and reads")
      .expect("input_weight", in.input_weight, "gates features")
      .expect("input_bias", in.input_bias, "gates")
      .expect("recurrent_weight", in.recurrent_weight, "gates recurrent")
      .expect("interface_bias", in.interface_bias, "interface")
      .expect("output_weight", in.output_weight, "outputs outcome");
  if (in.weight_logits.defined())
    check.expect("weight_logits", in.weight_logits, "heads slots");
  else
    expect_state(check, "weights", in.weights, "heads slots");
  if (start == 1 && in.reads.defined() && in.reads.dim() == 2 && in.reads.size(0) != 1)
    check.bind("read_heads", s.read_heads, "the options").expect("reads", in.reads, "read_heads width");
  else
    expect_state(check, "reads", in.reads, "reads");
  if (s.lstm) {
    expect_state(check, "hidden", in.hidden, "hidden");
    expect_state(check, "cell", in.cell, "hidden");
  }
  if (in.lengths.defined()) {
    check.expect("lengths", in.lengths, "batch");
    check_sequence_lengths("ntm_sequence", in.lengths, s.time);
  }
  return s;
}

}  // namespace mneme
