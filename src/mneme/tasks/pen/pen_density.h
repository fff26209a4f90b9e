// How surprising a pen's point is under a mixture of Gaussians, for scores: in float64, one point at a time.
#pragma once

#include <cstdint>

namespace mneme {

/// Negative log-density in nats of `point` (right, down, 1 where the pen is lifted) under the 1 + 6 · mixtures
/// numbers `raw`: ê, then π̂, μ_x, μ_y, σ̂_x, σ̂_y, ρ̂, each [mixtures] (Graves 2013, arXiv:1308.0850, equations 18 to
/// 26).
double point_nats(const float* raw, int64_t mixtures, const float* point);

}  // namespace mneme
