#include "mneme/inspect/jacobian.h"

#include <algorithm>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {
namespace {

void check_given(const Sequences& given) {
  if (!given.inputs.is_floating_point())
    throw Error("jacobian: inputs is " + dtype_text(given.inputs.scalar_type()) +
                ", expected real numbers; there is no derivative by the number of a token");
  ShapeCheck("jacobian").expect("inputs", given.inputs, "1 time features");
}

/// Copies of the one sequence; undefined stays so.
at::Tensor repeated(const at::Tensor& tensor, int64_t times) {
  if (!tensor.defined()) return tensor;
  std::vector<int64_t> repeats(static_cast<size_t>(tensor.dim()), 1);
  repeats.front() = times;
  return tensor.repeat(repeats);
}

}  // namespace

at::Tensor jacobian(SequenceModel& model, const Sequences& given, const std::vector<OutputPlace>& outputs,
                    int64_t batch) {
  check_given(given);
  const torch::AutoGradMode gradients(true);
  const int64_t steps = given.lengths.defined() ? given.lengths[0].item<int64_t>() : given.inputs.size(1);
  std::vector<at::Tensor> parts;
  for (size_t first = 0; first < outputs.size(); first += static_cast<size_t>(batch)) {
    const auto count = std::min(batch, static_cast<int64_t>(outputs.size() - first));
    Sequences copies{repeated(given.inputs.detach(), count), repeated(given.lengths, count),
                     repeated(given.context, count), repeated(given.context_lengths, count)};
    copies.inputs.requires_grad_();
    const at::Tensor logits = model.forward(copies).logits;  // [count, time, outputs]
    // Each copy's own output; sequences of a batch do not know each other, so that the sum's gradient parts
    // by itself.
    at::Tensor sum = logits.new_zeros({});
    for (int64_t copy = 0; copy < count; ++copy) {
      const auto [step, output] = outputs[first + static_cast<size_t>(copy)];
      if (step < 0 || step >= steps || output < 0 || output >= logits.size(2))
        throw Error("jacobian: output " + std::to_string(output) + " at step " + std::to_string(step) +
                    ", expected 0.." + std::to_string(logits.size(2) - 1) + " at 0.." +
                    std::to_string(steps - 1));
      sum = sum + logits[copy][step][output];
    }
    parts.push_back(torch::autograd::grad({sum}, {copies.inputs}).front());
  }
  if (parts.empty()) return given.inputs.new_zeros({0, given.inputs.size(1), given.inputs.size(2)});
  return torch::cat(parts);
}

at::Tensor sensitivity(const at::Tensor& jacobian) {
  return jacobian.norm(2, std::vector<int64_t>{2});
}

}  // namespace mneme
