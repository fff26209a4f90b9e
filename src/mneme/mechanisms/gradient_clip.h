// How much may one element of a derivative weigh?
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

/// x itself, whose derivative is cut on its way back:
///
///     y = x,   d x = min(max(d y, -limit), limit)
///
/// | argument | shape | range  | meaning                           |
/// | x        | any   | any    | a value inside a network          |
/// | limit    |       | from 0 | largest derivative; 0: not cut    |
///
/// Source: Graves 2013 (arXiv:1308.0850), section 2.1, which cuts at the gates and at the outputs.
/// How we differ: not at all.
/// Differentiable to any order, as if nothing were cut where nothing is; any dtype.
at::Tensor clip_gradient(const at::Tensor& x, double limit);

}  // namespace mneme
