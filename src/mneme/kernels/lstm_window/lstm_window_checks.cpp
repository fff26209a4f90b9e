#include "mneme/kernels/lstm_window/lstm_window_checks.h"

#include <ATen/ATen.h>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/kernels/sequence_lengths.h"

namespace mneme {

std::string lstm_window_obstacles(const LstmWindowInputs& in) {
  std::string reasons;
  const auto reason = [&](const std::string& text) { reasons += (reasons.empty() ? "" : "\n") + text; };
  if (!in.inputs.defined()) return "inputs is undefined";
  if (!in.inputs.device().is_cpu())
    reason("inputs is on " + in.inputs.device().str() + ", the kernel runs on the cpu");
  const auto dtype = in.inputs.scalar_type();
  if (dtype != at::kFloat && dtype != at::kDouble)
    reason("inputs is " + dtype_text(dtype) + ", the kernel takes float32 and float64");
  return reasons;
}

LstmWindowSizes checked_lstm_window_sizes(const LstmWindowInputs& in) {
  const std::string obstacles = lstm_window_obstacles(in);
  if (!obstacles.empty()) throw Error("lstm_window: cannot run:\n" + obstacles);
  ShapeCheck check("lstm_window");
  check.expect("inputs", in.inputs, "time batch features")
      .expect("input_weight", in.input_weight, "gates features")
      .expect("bias", in.bias, "gates");
  LstmWindowSizes s{};
  s.time = check.size("time");
  s.batch = check.size("batch");
  s.features = check.size("features");
  s.hidden = check.size("gates") / 4;
  s.tokens = in.tokens;
  ShapeCheck("lstm_window").bind("gates", s.gates(), "four times the hidden units").expect("bias", in.bias, "gates");
  check.bind("recurrent", s.recurrent(), "hidden and tokens")
      .expect("recurrent_weight", in.recurrent_weight, "gates recurrent");
  if (in.lengths.defined()) {
    check.expect("lengths", in.lengths, "batch");
    check_sequence_lengths("lstm_window", in.lengths, s.time);
  }
  if (s.tokens == 0) return s;
  check.bind("hidden", s.hidden, "a quarter of the gates")
      .expect("window_bias", in.window_bias, "parameters")
      .expect("window_weight", in.window_weight, "parameters hidden")
      .expect("context", in.context, "batch characters");
  s.gaussians = check.size("parameters") / 3;
  s.characters = check.size("characters");
  ShapeCheck("lstm_window")
      .bind("parameters", s.raw(), "three times the gaussians")
      .expect("window_bias", in.window_bias, "parameters");
  if (in.context.scalar_type() != at::kLong)
    throw Error("lstm_window: context is " + dtype_text(in.context.scalar_type()) + ", expected int64");
  if (in.context.numel() == 0)
    throw Error("lstm_window: context is " + shape_text(in.context) + ", expected at least one character");
  const auto [lowest, highest] = in.context.aminmax();
  for (const auto& number : {lowest, highest})
    if (number.item<int64_t>() < 0 || number.item<int64_t>() >= s.tokens)
      throw Error("lstm_window: context has the number " + std::to_string(number.item<int64_t>()) +
                  ", expected 0 to below tokens=" + std::to_string(s.tokens));
  if (in.context_lengths.defined()) {
    check.expect("context_lengths", in.context_lengths, "batch");
    const auto lengths = in.context_lengths.contiguous();
    for (int64_t b = 0; b < s.batch; ++b)
      if (const int64_t length = lengths.const_data_ptr<int64_t>()[b]; length < 1 || length > s.characters)
        throw Error("lstm_window: context_lengths[" + std::to_string(b) + "] is " + std::to_string(length) +
                    ", expected 1 to characters=" + std::to_string(s.characters));
  }
  return s;
}

}  // namespace mneme
