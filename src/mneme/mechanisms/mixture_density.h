// Where does the pen go next, and is it lifted there?
#pragma once

#include <ATen/core/Tensor.h>

#include "mneme/core/random.h"
#include "mneme/kernels/path.h"

namespace mneme {

/// How many numbers describe a mixture: 1 + 6 · mixtures, in this order: ê, then π̂, μ_x, μ_y, σ̂_x, σ̂_y, ρ̂, each
/// [mixtures].
constexpr int64_t mixture_parameters(int64_t mixtures) { return 1 + 6 * mixtures; }

/// The mixture that raw numbers mean, for looking at.
struct PenMixture {
  at::Tensor end_probability;  ///< [...] e: that the pen is lifted after the point
  at::Tensor weights;          ///< [..., mixtures] π, sums to 1
  at::Tensor means;            ///< [..., mixtures, 2] μ
  at::Tensor deviations;       ///< [..., mixtures, 2] σ > 0
  at::Tensor correlations;     ///< [..., mixtures] ρ in -1..1
};

/// Which mixture do these numbers mean?
///
///     e = 1 / (1 + exp(ê)),   π = softmax(π̂ (1 + bias)),   σ = exp(σ̂ - bias),   ρ = tanh(ρ̂)
///
/// | argument | shape                   | range  | symbol | meaning                                              |
/// | raw      | [..., 1 + 6 · mixtures] | any    | ŷ      | what the network emits                               |
/// | bias     |                         | from 0 | b      | 0: as learned; the larger, the nearer to the likeliest |
///
/// Source: Graves 2013 (arXiv:1308.0850), equations 18 to 22; bias: equations 61 and 62.
/// How we differ: not at all.
/// Differentiable to any order in raw; float32 and float64.
/// Throws Error when the last size is not 1 + 6 · mixtures.
PenMixture pen_mixture(const at::Tensor& raw, double bias = 0);

/// How surprising is the point that came, in nats?
///
///     nats = -log Σ_j π_j N(x; μ_j, σ_j, ρ_j) - (log e where the pen was lifted, else log(1 - e))
///     N = exp(-Z / 2(1 - ρ²)) / (2π σ_x σ_y sqrt(1 - ρ²)),   Z / (1 - ρ²) = (z_x - ρ z_y)² / (1 - ρ²) + z_y²
///
/// with z = (x - μ)/σ. Densities are per unit of the offsets, so nats may be below 0.
///
/// | argument | shape                   | range | symbol | meaning                                                |
/// | raw      | [..., 1 + 6 · mixtures] | any   | ŷ      | what the network emitted before the point              |
/// | points   | [..., 3]                |       | x, s   | offset to the right, offset down, 1 where the pen is lifted |
/// | result   | [...]                   |       | L      | negative logarithm of the density                      |
///
/// Source: Graves 2013, equations 23 to 26.
/// How we differ: all in logarithms, log(1 - ρ²) from ρ̂ itself, and Z as a sum of squares, so that nothing
/// overflows or cancels where ρ comes near 1 or a deviation near 0.
/// Differentiable to any order in raw and points by the composite; the fused path (kernels/mixture_density), which
/// runs where it can unless told otherwise, once in raw. float32 and float64.
/// Throws Error when shapes or dtypes do not fit.
at::Tensor mixture_nats(const at::Tensor& raw, const at::Tensor& points, Path path = Path::automatic);

/// A draw from a mixture.
struct DrawnPoint {
  float dx, dy;
  bool stroke_end;
};

/// Where does the pen go, drawn with `bias` as in pen_mixture? `raw` [1 + 6 · mixtures]. The pen is lifted with
/// probability e whatever the bias.
DrawnPoint draw_point(const at::Tensor& raw, double bias, Random& random);

}  // namespace mneme
