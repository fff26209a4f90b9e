// Which characters of the text is the pen writing now?
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// Bumps over the text, each [batch, gaussians].
struct WindowParameters {
  at::Tensor importances;  ///< a > 0: height
  at::Tensor widths;       ///< b > 0: the larger, the narrower
  at::Tensor advances;     ///< how far each bump has moved since the step before, > 0
  at::Tensor positions;    ///< κ: over which character it stands; the first is 1
};

/// Where do the bumps stand after this step?
///
///     (â, b̂, κ̂) = raw,   a = exp(â),   b = exp(b̂),   κ_t = κ_{t-1} + exp(κ̂)
///
/// | argument           | shape                  | range     | symbol    | meaning                              |
/// | raw                | [batch, 3 · gaussians] | any       | â, b̂, κ̂ | what the network emits, in this order |
/// | previous_positions | [batch, gaussians]     | from 0 on | κ_{t-1}   | where they stood a step before       |
/// | result             | each [batch, gaussians] |          | a, b, κ   | see WindowParameters                 |
///
/// Source: Graves 2013 (arXiv:1308.0850), equations 48 to 51.
/// How we differ: not at all.
/// Differentiable to any order in both arguments; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
WindowParameters advance_window(const at::Tensor& raw, const at::Tensor& previous_positions);

/// How much does each character count?
///
///     φ(t, u) = Σ_k a_k exp(-b_k (κ_k - u)²),   u = 1 … U
///
/// | argument   | shape               | range  | symbol  | meaning                                             |
/// | parameters | [batch, gaussians]  |        | a, b, κ | from advance_window                                 |
/// | mask       | [batch, characters] | bool   |         | which characters there are; the text's end is false |
/// | result     | [batch, characters] | from 0 | φ       | not normalised: the sum is not 1                    |
///
/// Source: Graves 2013, equation 46.
/// How we differ: not at all.
/// Differentiable to any order; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor window_strengths(const WindowParameters& parameters, const at::Tensor& mask);

/// What does the window show?
///
///     w_t = Σ_u φ(t, u) c_u
///
/// | argument   | shape                       | range  | symbol | meaning                               |
/// | strengths  | [batch, characters]         | from 0 | φ      | from window_strengths                 |
/// | characters | [batch, characters, tokens] |        | c      | each character, one-hot               |
/// | result     | [batch, tokens]             | from 0 | w_t    | what the layers see of the text       |
///
/// Source: Graves 2013, equation 47.
/// How we differ: not at all.
/// Differentiable to any order; float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor read_window(const at::Tensor& strengths, const at::Tensor& characters);

}  // namespace mneme
