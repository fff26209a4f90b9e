#include "mneme/kernels/act/act_checks.h"

#include <ATen/ATen.h>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/kernels/sequence_lengths.h"

namespace mneme {

std::string act_sequence_obstacles(const ActSequenceInputs& in, const ActSequenceOptions& options) {
  std::string reasons;
  const auto reason = [&](const std::string& text) { reasons += (reasons.empty() ? "" : "\n") + text; };
  if (!in.recurrent_weight.defined()) return "recurrent_weight is undefined";
  if (!in.recurrent_weight.device().is_cpu())
    reason("recurrent_weight is on " + in.recurrent_weight.device().str() + ", the kernel runs on the cpu");
  const auto dtype = in.recurrent_weight.scalar_type();
  if (dtype != at::kFloat && dtype != at::kDouble)
    reason("recurrent_weight is " + dtype_text(dtype) + ", the kernel takes float32 and float64");
  if (options.max_steps < 1)
    reason("max_steps is " + std::to_string(options.max_steps) + ", expected 1 or more");
  return reasons;
}

ActSizes checked_act_sizes(const ActSequenceInputs& in, const ActSequenceOptions& options) {
  const std::string obstacles = act_sequence_obstacles(in, options);
  if (!obstacles.empty()) throw Error("act_sequence: cannot run:\n" + obstacles);
  const bool lstm = options.cell == ActCellKind::lstm;
  ShapeCheck check("act_sequence");
  check.expect("recurrent_weight", in.recurrent_weight, "gates hidden");
  const int64_t hidden = check.size("hidden");
  ShapeCheck("act_sequence")
      .bind("gates", lstm ? 4 * hidden : hidden, "the cell and hidden")
      .expect("recurrent_weight", in.recurrent_weight, "gates hidden");
  check.expect("input_gates", in.input_gates, "batch time gates")
      .expect("flag", in.flag, "gates")
      .expect("halting_weight", in.halting_weight, "hidden")
      .expect("halting_bias", in.halting_bias, "1")
      .expect("hidden", in.hidden, "batch hidden");
  if (lstm) check.expect("cell", in.cell, "batch hidden");
  const ActSizes sizes{check.size("batch"), check.size("time"), hidden, options.max_steps, 0, lstm};
  if (in.lengths.defined()) {
    check.expect("lengths", in.lengths, "batch");
    check_sequence_lengths("act_sequence", in.lengths, sizes.time);
  }
  return sizes;
}

}  // namespace mneme
