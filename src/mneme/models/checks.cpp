#include "mneme/models/checks.h"

#include <ATen/ATen.h>

#include <string>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {

void check_options(std::string_view origin, const std::vector<OptionInfo>& options) {
  for (const auto& option : options) checked_option(option, "model", {option.value, std::string(origin)});
}

void check_sequences(std::string_view operation, const at::Tensor& inputs, const at::Tensor& lengths,
                     int64_t features) {
  ShapeCheck check(operation);
  check.bind("features", features, "the model").expect("inputs", inputs, "batch time features");
  const auto name = std::string(operation);
  const auto time = inputs.size(1);
  if (time == 0) throw Error(name + ": inputs is " + shape_text(inputs) + ", expected at least one step");
  if (!lengths.defined()) return;
  check.expect("lengths", lengths, "batch");
  if (lengths.scalar_type() != at::kLong || !lengths.is_cpu())
    throw Error(name + ": lengths is " + dtype_text(lengths.scalar_type()) + " on " + lengths.device().str() +
                ", expected int64 on cpu");
  const auto length_of = lengths.accessor<int64_t, 1>();
  for (int64_t b = 0; b < lengths.size(0); ++b)
    if (length_of[b] < 1 || length_of[b] > time)
      throw Error(name + ": lengths[" + std::to_string(b) + "] is " + std::to_string(length_of[b]) +
                  ", expected 1.." + std::to_string(time) + "; time fixed by inputs " + shape_text(inputs));
}

void check_tokens(std::string_view operation, const at::Tensor& inputs, int64_t tokens) {
  ShapeCheck(operation).expect("inputs", inputs, "batch time");
  const auto name = std::string(operation);
  if (inputs.scalar_type() != at::kLong)
    throw Error(name + ": inputs is " + dtype_text(inputs.scalar_type()) + ", expected int64 numbers of tokens");
  if (inputs.numel() == 0) throw Error(name + ": inputs is " + shape_text(inputs) + ", expected at least one step");
  const auto low = inputs.min().item<int64_t>(), high = inputs.max().item<int64_t>();
  if (low < 0 || high >= tokens)
    throw Error(name + ": inputs has token " + std::to_string(low < 0 ? low : high) + ", expected 0.." +
                std::to_string(tokens - 1));
}

void check_state(std::string_view operation, const std::vector<at::Tensor>& state, const NamedState& expected) {
  if (state.size() != expected.size()) {
    std::string names;
    for (const auto& [name, tensor] : expected) names.append(names.empty() ? "" : ", ").append(name);
    throw Error(std::string(operation) + ": state has " + std::to_string(state.size()) + " tensors, expected " +
                std::to_string(expected.size()) + ": " + names);
  }
  for (size_t i = 0; i < state.size(); ++i) {
    const auto& [name, like] = expected[i];
    const bool fits = state[i].defined() && state[i].sizes() == like.sizes();
    if (fits && state[i].scalar_type() == like.scalar_type()) continue;
    throw Error(std::string(operation) + ": state." + std::string(name) + " is " +
                (fits ? dtype_text(state[i].scalar_type()) + ", expected " + dtype_text(like.scalar_type())
                      : shape_text(state[i]) + ", expected " + shape_text(like)) +
                " as before the first step");
  }
}

}  // namespace mneme
