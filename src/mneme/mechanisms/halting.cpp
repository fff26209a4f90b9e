#include "mneme/mechanisms/halting.h"

#include <ATen/ATen.h>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {

Halting begin_halting(const at::Tensor& like) {
  const auto zeros = at::zeros_like(like);
  return {at::ones_like(like, at::kBool), zeros, at::zeros_like(like, at::kLong), zeros};
}

HaltingStep halting_step(const Halting& before, const at::Tensor& halting, bool last, double epsilon) {
  if (halting.sizes() != before.spent.sizes())
    throw Error("halting_step: halting is " + shape_text(halting) + ", expected " + shape_text(before.spent) +
                " as the state before");
  if (halting.scalar_type() != before.spent.scalar_type())
    throw Error("halting_step: halting is " + dtype_text(halting.scalar_type()) + ", expected " +
                dtype_text(before.spent.scalar_type()) + " as the state before");
  const auto total = before.spent + halting;  // Σ_{i≤n} h_i
  const auto stops = last ? before.running : before.running.logical_and(total >= 1 - epsilon);
  const auto goes_on = before.running.logical_and(stops.logical_not());
  const auto rest = 1 - before.spent;  // R where it stops
  const auto weights = at::where(goes_on, halting, at::where(stops, rest, at::zeros_like(rest)));
  return {weights,
          {goes_on, at::where(goes_on, total, before.spent), before.steps + before.running,
           at::where(stops, rest, before.remainder)}};
}

at::Tensor ponder_cost(const Halting& halted) {
  return halted.steps.to(halted.remainder.scalar_type()) + halted.remainder;
}

}  // namespace mneme
