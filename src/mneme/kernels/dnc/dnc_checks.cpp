#include "mneme/kernels/dnc/dnc_checks.h"

#include <ATen/ATen.h>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/kernels/sequence_lengths.h"

namespace mneme {

std::string dnc_sequence_obstacles(const DncSequenceInputs& in, const DncSequenceOptions& options) {
  std::string reasons;
  const auto reason = [&](const std::string& text) { reasons += (reasons.empty() ? "" : "\n") + text; };
  if (!in.gate_inputs.defined()) return "gate_inputs is undefined";
  if (!in.gate_inputs.device().is_cpu())
    reason("gate_inputs is on " + in.gate_inputs.device().str() + ", the kernel runs on the cpu");
  const auto dtype = in.gate_inputs.scalar_type();
  if (dtype != at::kFloat && dtype != at::kDouble)
    reason("gate_inputs is " + dtype_text(dtype) + ", the kernel takes float32 and float64");
  const auto at_least_one = [&](const char* name, int64_t value) {
    if (value < 1) reason(std::string(name) + " is " + std::to_string(value) + ", expected 1 or more");
  };
  at_least_one("read_heads", options.read_heads);
  at_least_one("slots", in.slots);
  at_least_one("width", in.width);
  return reasons;
}

DncSizes checked_dnc_sizes(const DncSequenceInputs& in, const DncSequenceOptions& options) {
  const std::string obstacles = dnc_sequence_obstacles(in, options);
  if (!obstacles.empty()) throw Error("dnc_sequence: cannot run:\n" + obstacles);
  ShapeCheck check("dnc_sequence");
  check.expect("gate_inputs", in.gate_inputs, "batch time gates")
      .expect("interface_weight", in.interface_weight, "interface hidden");
  DncSizes s{};
  s.batch = check.size("batch");
  s.time = check.size("time");
  s.hidden = check.size("hidden");
  s.slots = in.slots;
  s.width = in.width;
  s.read_heads = options.read_heads;
  s.lstm = options.controller == DncDriver::lstm;
  s.masked_keys = options.masked_keys;
  s.clear_freed = options.clear_freed;
  s.sharpened_links = options.sharpened_links;
  s.content_only = options.content_only;
  s.layer_norm = options.layer_norm;
  if (s.content_only && s.sharpened_links)
    throw Error("dnc_sequence: sharpened_links is true, expected false with content_only");
  ShapeCheck("dnc_sequence")
      .bind("gates", s.gates(), "the controller and hidden")
      .bind("interface", s.interface(), "the heads and width")
      .expect("gate_inputs", in.gate_inputs, "batch time gates")
      .expect("interface_weight", in.interface_weight, "interface hidden");
  check.bind("heads", s.read_heads, "the options")
      .bind("reads", s.reads(), "the heads and width")
      .bind("recurrent", s.recurrent(), "the controller and hidden")
      .bind("slots", s.slots, "the options")
      .bind("width", s.width, "the options")
      .expect("recurrent_weight", in.recurrent_weight, "gates recurrent")
      .expect("interface_bias", in.interface_bias, "interface");
  if (s.layer_norm) check.expect("gain", in.gain, "gates").expect("bias", in.bias, "gates");
  if (s.layer_norm && s.lstm)
    check.expect("cell_gain", in.cell_gain, "hidden").expect("cell_offset", in.cell_offset, "hidden");
  if (in.memory.defined()) {
    check.expect("memory", in.memory, "batch slots width")
        .expect("reads", in.reads, "batch reads")
        .expect("read_weights", in.read_weights, "batch heads slots")
        .expect("write_weights", in.write_weights, "batch slots")
        .expect("usage", in.usage, "batch slots");
    if (s.content_only) {
      if (in.link.defined() || in.precedence.defined())
        throw Error("dnc_sequence: the state has a link or a precedence, expected none with content_only");
    } else {
      check.expect("precedence", in.precedence, "batch slots");
      if (in.link.dim() != 3 || in.link.size(0) != s.batch || in.link.size(1) != s.slots || in.link.size(2) != s.slots)
        throw Error("dnc_sequence: link is " + shape_text(in.link) + ", expected [batch=" + std::to_string(s.batch) +
                    ", slots=" + std::to_string(s.slots) + ", slots]");
    }
    if (s.lstm) check.expect("hidden", in.hidden, "batch hidden").expect("cell", in.cell, "batch hidden");
  }
  if (in.lengths.defined()) {
    check.expect("lengths", in.lengths, "batch");
    check_sequence_lengths("dnc_sequence", in.lengths, s.time);
  }
  return s;
}

}  // namespace mneme
