// Where does something stand, for a mechanism that sees only a set?
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// What to add to the state at each position, so that positions can be told apart and offsets are linear
/// maps?
///
///     P[t, i] = sin(t / 10000^(2i/d)) in the first half of the width, cos of the same in the second
///
/// | argument | shape          | range | symbol | meaning                   |
/// | first    | number         | ≥ 0   |        | position of the first row |
/// | count    | number         | ≥ 1   |        | rows                      |
/// | width    | number         | even  | d      | columns                   |
/// | result   | [count, width] | -1..1 | P      | float32                   |
///
/// Source: Vaswani et al. 2017 (arXiv:1706.03762), section 3.5.
/// How we differ: sines stand before cosines, as in the authors' own code, where the text has them in turn.
/// Throws Error for an odd width.
at::Tensor sinusoidal_positions(int64_t first, int64_t count, int64_t width);

/// How to turn queries and keys, so that their product depends only on the distance between them?
///
///     (x_i, x_{i+d/2}) turned by the angle t · base^(-2i/d)      for i < d/2, at position t
///
/// | argument | shape                       | range | symbol | meaning                                 |
/// | states   | [batch, heads, time, width] |       | x      | queries or keys; the width is even      |
/// | first    | number                      | ≥ 0   |        | position of the first of `time`         |
/// | base     | number                      | > 1   |        | the slowest turn takes about 2π · base  |
/// | result   | [batch, heads, time, width] |       |        | the same lengths, turned                |
///
/// Source: Su et al. 2021 (arXiv:2104.09864), equation 34.
/// How we differ: an element is paired with the one half the width away, not with its neighbour, as in
/// published Llama weights. The two differ by an order of the elements. Differentiable to any order in
/// `states`; float32 and float64. Throws Error when shapes do not fit or the width is odd.
at::Tensor rotary_positions(const at::Tensor& states, int64_t first, double base = 10000);

}  // namespace mneme
