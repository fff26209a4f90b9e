// Layer normalisation of the fused DNC's controller, for kernel files only (models/dnc_controller.h).
#pragma once

#include "mneme/kernels/simd/slot_memory.h"

namespace mneme {
namespace {

constexpr double kVarianceFloor = 1e-5;

/// Σ body(j) over n numbers: body(j, vector tag) gives a vector of terms, body(j, scalar tag) one.
template <class T, class Body>
[[gnu::always_inline]] inline T sum_of(int64_t n, Body&& body) {
  Vector<T> sums = {};
  int64_t j = 0;
  for (; j + kLanes<T> <= n; j += kLanes<T>) sums += body(j, std::true_type{});
  T total = sum_lanes(sums);
  for (; j < n; ++j) total += body(j, std::false_type{});
  return total;
}

/// A vector or a number from j on.
template <class T, bool kVector>
[[gnu::always_inline]] inline auto at(const T* numbers, int64_t j, std::bool_constant<kVector>) {
  if constexpr (kVector)
    return load(numbers + j);
  else
    return numbers[j];
}

/// hat = (x - mean x) / sqrt(var x + 1e-5), out = gain ∘ hat + offset; gives the reciprocal of the root. `out` may be x.
template <class T>
T normalise(int64_t n, const T* x, const T* gain, const T* offset, T* hat, T* out) {
  const T mean = sum_of<T>(n, [&](int64_t j, auto tag) { return at(x, j, tag); }) / static_cast<T>(n);
  const T variance = sum_of<T>(n, [&](int64_t j, auto tag) {
                       const auto off = at(x, j, tag) - mean;
                       return off * off;
                     }) / static_cast<T>(n);
  const T inverse = 1 / scalar_sqrt(variance + T(kVarianceFloor));
  for (int64_t j = 0; j < n; ++j) {
    hat[j] = (x[j] - mean) * inverse;
    out[j] = gain[j] * hat[j] + offset[j];
  }
  return inverse;
}

/// d out → d x, which may be the same place: d x = (e - mean e - hat mean(e hat)) / root, e = gain ∘ d out.
template <class T>
void normalise_backward(int64_t n, const T* d_out, const T* gain, const T* hat, T inverse, T* d_x) {
  const T mean = sum_of<T>(n, [&](int64_t j, auto tag) { return at(gain, j, tag) * at(d_out, j, tag); }) /
                 static_cast<T>(n);
  const T along = sum_of<T>(n, [&](int64_t j, auto tag) {
                    return at(gain, j, tag) * at(d_out, j, tag) * at(hat, j, tag);
                  }) / static_cast<T>(n);
  for (int64_t j = 0; j < n; ++j) d_x[j] = (gain[j] * d_out[j] - mean - hat[j] * along) * inverse;
}

}  // namespace
}  // namespace mneme
