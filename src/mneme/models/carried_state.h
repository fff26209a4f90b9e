// What all models with a memory do with the state that goes from step to step: a struct whose members() names
// every tensor, each [batch, …]; a tensor that a model does not have is undefined.
#pragma once

#include <ATen/ATen.h>

#include <string_view>
#include <vector>

#include "mneme/models/checks.h"

namespace mneme {

/// A bool of the leading dimensions, shaped to mask `like`, which has more of them.
inline at::Tensor mask_like(const at::Tensor& mask, const at::Tensor& like) {
  auto sizes = mask.sizes().vec();
  sizes.resize(static_cast<size_t>(like.dim()), 1);
  return mask.view(sizes);
}

/// The state after a step, and of the sequences that have ended (live [batch] is false) as it was before.
template <class State>
State keep_ended(const at::Tensor& live, const State& after, const State& before) {
  State state;
  for (const auto& [name, member] : State::members())
    if ((after.*member).defined())
      state.*member = at::where(mask_like(live, after.*member), after.*member, before.*member);
  return state;
}

/// The tensors of a state that the model has, in the order of its members.
template <class State>
std::vector<at::Tensor> tensors_of(const State& state) {
  std::vector<at::Tensor> tensors;
  for (const auto& [name, member] : State::members())
    if ((state.*member).defined()) tensors.push_back(state.*member);
  return tensors;
}

/// The reverse, for a state like `like`. Throws Error, beginning with `operation`, when `tensors` are not.
template <class State>
State state_of(std::string_view operation, const std::vector<at::Tensor>& tensors, const State& like) {
  NamedState expected;
  for (const auto& [name, member] : State::members())
    if ((like.*member).defined()) expected.emplace_back(name, like.*member);
  check_state(operation, tensors, expected);
  State state;
  auto next = tensors.begin();
  for (const auto& [name, member] : State::members())
    if ((like.*member).defined()) state.*member = *next++;
  return state;
}

}  // namespace mneme
