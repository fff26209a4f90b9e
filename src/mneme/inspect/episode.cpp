#include "mneme/inspect/episode.h"

#include <cmath>

#include "mneme/core/figure_text.h"
#include "mneme/inspect/addressing_mode.h"
#include "mneme/inspect/trace_arrays.h"

namespace mneme {
namespace {

/// One sequence as a batch of its own, cut at its end.
Batch single(const Batch& batch, int64_t index) {
  const int64_t steps = batch.lengths[index].item<int64_t>();
  const auto cut = [&](const at::Tensor& tensor) {
    return tensor.narrow(0, index, 1).narrow(1, 0, steps).contiguous();
  };
  return {{cut(batch.inputs), batch.lengths.narrow(0, index, 1), {}, {}}, cut(batch.targets), cut(batch.mask)};
}

struct Answers {
  at::Tensor outputs, targets;  // [time, outputs]
  at::Tensor cost_nats;         // [time]
};

Answers bit_answers(const at::Tensor& logits, const at::Tensor& targets) {
  const auto cost = torch::binary_cross_entropy_with_logits(logits, targets, {}, {}, at::Reduction::None);
  return {logits.sigmoid(), targets, cost.sum(1)};
}

Answers class_answers(const at::Tensor& logits, const at::Tensor& targets) {
  const auto right = torch::one_hot(targets, logits.size(1)).to(logits.dtype());  // [time, outputs]
  return {logits.softmax(1), right, -(logits.log_softmax(1) * right).sum(1)};
}

Answers digit_answers(const at::Tensor& logits, const at::Tensor& targets) {
  const auto groups = logits.unflatten(1, {targets.size(1), -1});                 // [time, groups, classes]
  const auto right = torch::one_hot(targets, groups.size(2)).to(logits.dtype());  // [time, groups, classes]
  const auto cost = -(groups.log_softmax(2) * right).sum({1, 2});                 // [time]
  return {groups.softmax(2).flatten(1), right.flatten(1), cost};
}

Answers answers_of(TargetKind kind, const at::Tensor& logits, const at::Tensor& targets) {
  switch (kind) {
    case TargetKind::labels:
      throw Error("episode_view: labels have no steps of their own");
    case TargetKind::bits:
      return bit_answers(logits, targets);
    case TargetKind::classes:
      return class_answers(logits, targets);
    case TargetKind::digits:
      return digit_answers(logits, targets);
    case TargetKind::pen:
      break;  // handwriting has a view of its own
  }
  throw Error("episode_view: unknown kind of targets");
}

/// Everything about the heads [first, first + count) under names that begin with `side`.
void add_heads(TraceView& view, const std::string& side, const NtmRecord& record, const NtmOptions& options,
               int64_t index, int64_t steps, int64_t first, int64_t count) {
  const std::string head = side + " head";
  const auto part = [&](const at::Tensor& tensor) {  // [batch, time, heads, …] to [time, count, …]
    return tensor[index]
        .narrow(0, 0, steps)
        .narrow(1, first, count)
        .detach()
        .to(at::kCPU, at::kFloat)
        .contiguous();
  };
  const auto weights = part(record.weights);            // [time, count, slots]
  const auto shifts = part(record.heads.shifts);        // [time, count, shifts]
  const auto gates = part(record.heads.gates);          // [time, count]
  const auto strengths = part(record.heads.strengths);  // [time, count]

  auto modes = at::zeros({count, steps}), positions = at::zeros({count, steps}),
       jumps = at::zeros({count, steps});
  const auto row = [](const at::Tensor& tensor, int64_t step, int64_t which) {
    const auto size = tensor.size(2);
    return std::span(tensor.const_data_ptr<float>() + (step * tensor.size(1) + which) * size,
                     static_cast<size_t>(size));
  };
  auto mode_values = modes.accessor<float, 2>(), position_values = positions.accessor<float, 2>(),
       jump_values = jumps.accessor<float, 2>();
  const auto gate_values = gates.accessor<float, 2>(), strength_values = strengths.accessor<float, 2>();
  for (int64_t which = 0; which < count; ++which) {
    for (int64_t step = 0; step < steps; ++step) {
      const auto mode = addressing_mode(gate_values[step][which], strength_values[step][which],
                                        row(shifts, step, which), options.slots);
      mode_values[which][step] = static_cast<float>(mode);
      position_values[which][step] = static_cast<float>(head_position(row(weights, step, which)));
      if (step > 0)
        jump_values[which][step] =
            head_jumped(row(weights, step - 1, which), row(weights, step, which), options.shift_range);
    }
  }
  const std::string probability = "probability";
  view.arrays.push_back(
      trace_array(side + "_weights", {head, "location", "time"}, weights.permute({1, 2, 0}), probability));
  view.arrays.push_back(trace_array(side + "_gate", {head, "time"}, gates.t(), probability));
  view.arrays.push_back(trace_array(side + "_strength", {head, "time"}, strengths.t()));
  view.arrays.push_back(
      trace_array(side + "_sharpening", {head, "time"}, part(record.heads.sharpenings).t()));
  view.arrays.push_back(
      trace_array(side + "_shift", {head, "shift", "time"}, shifts.permute({1, 2, 0}), probability));
  view.arrays.push_back(trace_array(side + "_mode", {head, "time"}, modes));
  view.arrays.push_back(trace_array(side + "_position", {head, "time"}, positions));
  view.arrays.push_back(trace_array(side + "_jump", {head, "time"}, jumps));
}

}  // namespace

TraceView episode_view(const std::string& title, const Task& task, const Batch& batch, int64_t index,
                       const at::Tensor& logits) {
  const torch::NoGradGuard no_gradients;
  const Batch sequence = single(batch, index);
  const int64_t steps = sequence.inputs.size(1);
  const auto own_logits = logits.narrow(0, index, 1).narrow(1, 0, steps);  // [1, time, outputs]
  const Answers answers = answers_of(task.sizes().targets, own_logits[0], sequence.targets[0]);
  const auto due = sequence.mask[0].to(at::kFloat);  // [time]

  TraceView view{"episode", title, {}, {}};
  view.arrays.push_back(trace_array("inputs", {"channel", "time"}, sequence.inputs[0].t()));
  view.arrays.push_back(trace_array("outputs", {"output", "time"}, answers.outputs.t(), "probability"));
  view.arrays.push_back(trace_array("targets", {"output", "time"}, (answers.targets * due.unsqueeze(1)).t()));
  view.arrays.push_back(trace_array("answer_due", {"time"}, due));
  view.arrays.push_back(trace_array("cost", {"time"}, answers.cost_nats * due / std::log(2.0), "bits"));
  for (const auto& [name, ratio] : task.score(sequence, own_logits).figures)
    if (ratio.denominator > 0) view.facts[name] = figure_text(ratio.value());
  view.facts["written"] = task.print(sequence, 0, own_logits);
  return view;
}

TraceView ntm_episode_view(const std::string& title, const Task& task, const Batch& batch, int64_t index,
                           const NtmRecord& record, const NtmOptions& options) {
  const torch::NoGradGuard no_gradients;
  TraceView view = episode_view(title, task, batch, index, record.logits);
  view.kind = "ntm-episode";
  const int64_t steps = batch.lengths[index].item<int64_t>();
  const auto vectors = [&](const at::Tensor& tensor) {  // [batch, time, heads, width] to [heads, width, time]
    return tensor[index].narrow(0, 0, steps).permute({1, 2, 0});
  };
  view.arrays.push_back(trace_array("adds", {"write head", "element", "time"}, vectors(record.heads.adds)));
  view.arrays.push_back(
      trace_array("erases", {"write head", "element", "time"}, vectors(record.heads.erases)));
  view.arrays.push_back(trace_array("reads", {"read head", "element", "time"}, vectors(record.reads)));
  add_heads(view, "read", record, options, index, steps, 0, options.read_heads);
  add_heads(view, "write", record, options, index, steps, options.read_heads, options.write_heads);
  using enum AddressingMode;
  view.facts["modes"] = mode_name(content) + "|" + mode_name(content_then_shift) + "|" + mode_name(location);
  view.facts["rule"] = kAddressingRule;
  return view;
}

}  // namespace mneme
