// How long to think, and what counts of what was thought?
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// Everything that thinks for itself (a sequence, a position) after some inner steps. All members have the same
/// shape, any shape.
struct Halting {
  at::Tensor running;    ///< bool: has not halted yet
  at::Tensor spent;      ///< Σ h of its inner steps but the last
  at::Tensor steps;      ///< int64: inner steps so far; N once halted
  at::Tensor remainder;  ///< R once halted, 0 before
};

/// Before the first inner step. `like` gives shape, dtype and device.
Halting begin_halting(const at::Tensor& like);

struct HaltingStep {
  at::Tensor weights;  ///< p, as `halting`
  Halting after;
};

/// Who stops after this inner step, and with which weight does each one's state count?
///
///     N    = the first n with Σ_{i≤n} h_i ≥ 1 - ε, or the last that is allowed
///     R    = 1 - Σ_{n<N} h_n
///     p_n  = h_n for n < N,  R for n = N,  0 for n > N
///
/// A network that thinks in inner steps n = 1, 2, … emits h_n at each; what it hands on is the mean of its states
/// (and outputs) with the weights p_n, which sum to 1.
///
/// | argument | shape      | range | symbol | meaning                                                       |
/// | before   | any        |       |        | from begin_halting or the step before                         |
/// | halting  | the same   | 0..1  | h_n    | the unit that says how much of the answer this step is          |
/// | last     |            |       | n = M  | no step may follow: who still runs stops                        |
/// | epsilon  |            | 0..1  | ε      | lets one step suffice, which Σ h ≥ 1 would forbid               |
/// | weights  | the same   | 0..1  | p_n    |                                                               |
///
/// Source: Graves 2016 (arXiv:1603.08983), equations 5 to 9 and 13.
/// How we differ: not at all.
/// Differentiable to any order in `halting`, at fixed N (which is constant almost everywhere); float32, float64.
/// Throws Error when shapes or dtypes do not fit.
HaltingStep halting_step(const Halting& before, const at::Tensor& halting, bool last, double epsilon);

/// What did thinking cost?
///
///     ρ = N + R
///
/// N jumps, so the gradient goes through R alone: a larger h before the last step makes R, and ρ, smaller, until
/// a step less suffices. Of what has halted; shape and dtype of `remainder`.
///
/// Source: Graves 2016, equations 11 to 13.
at::Tensor ponder_cost(const Halting& halted);

}  // namespace mneme
