// Elementary functions of vectors, for kernel files only. float: polynomials after Cephes, within about
// two units in the last place. double: the C library, lane by lane; doubles are for checking, not speed.
#pragma once

#include "mneme/kernels/simd/vector.h"

namespace mneme {
namespace {

/// Zero below -87.3; arguments above 88.3 count as 88.3.
[[gnu::always_inline]] inline Vector<float> exponential(Vector<float> x) {
  using V = Vector<float>;
  using I = VectorOf<float>::Integers;
  const V low = broadcast(-87.3f), high = broadcast(88.3f);
  const auto vanishes = x < low;
  const V y = x > high ? high : (vanishes ? low : x);
  // y = n ln 2 + r; adding 1.5 * 2^23 rounds to the nearest integer, left in the low bits.
  const V magic = broadcast(12582912.0f);
  const V shifted = y * 1.44269504088896341f + magic;
  const V n = shifted - magic;
  const V r = (y - n * 0.693359375f) - n * -2.12194440e-4f;
  V p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const I exponent = (__builtin_bit_cast(I, shifted) - __builtin_bit_cast(I, magic) + 127) << 23;
  const V result = p * __builtin_bit_cast(V, exponent);
  return vanishes ? V{} : result;
}

/// For normal positive numbers.
[[gnu::always_inline]] inline Vector<float> logarithm(Vector<float> x) {
  using V = Vector<float>;
  using I = VectorOf<float>::Integers;
  const I bits = __builtin_bit_cast(I, x);
  I exponent = (bits >> 23) - 126;
  const I mantissa_bits = (bits & 0x007fffff) | 0x3f000000;
  V m = __builtin_bit_cast(V, mantissa_bits);  // in [0.5, 1)
  const auto small = m < 0.707106781186547524f;
  exponent = small ? exponent - 1 : exponent;
  m = (small ? m + m : m) - 1.0f;
  const V e = __builtin_convertvector(exponent, V);
  const V z = m * m;
  V p = m * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  V y = p * m * z + e * -2.12194440e-4f - 0.5f * z;
  return (m + y) + e * 0.693359375f;
}

[[gnu::always_inline]] inline Vector<float> hyperbolic_tangent(Vector<float> x) {
  using V = Vector<float>;
  const V magnitude = x < 0.0f ? -x : x;
  const V e = exponential(magnitude + magnitude);
  V far = 1.0f - 2.0f / (e + 1.0f);
  far = x < 0.0f ? -far : far;
  const V z = x * x;
  V p = z * -5.70498872745e-3f + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const V near = p * z * x + x;
  return magnitude < 0.625f ? near : far;
}

#define MNEME_LANE_BY_LANE(name, function)                                              \
  inline Vector<double> name(Vector<double> x) {                                        \
    for (int lane = 0; lane < kLanes<double>; ++lane) x[lane] = __builtin_##function(x[lane]); \
    return x;                                                                           \
  }
MNEME_LANE_BY_LANE(exponential, exp)
MNEME_LANE_BY_LANE(logarithm, log)
MNEME_LANE_BY_LANE(hyperbolic_tangent, tanh)
#undef MNEME_LANE_BY_LANE

template <class V>
[[gnu::always_inline]] inline V sigmoid(V x) {
  return 1 / (1 + exponential(-x));
}

// Scalars, for the few numbers that a head emits.
inline float scalar_exp(float x) { return __builtin_expf(x); }
inline double scalar_exp(double x) { return __builtin_exp(x); }
inline float scalar_log1p(float x) { return __builtin_log1pf(x); }
inline double scalar_log1p(double x) { return __builtin_log1p(x); }
inline float scalar_sqrt(float x) { return __builtin_sqrtf(x); }
inline double scalar_sqrt(double x) { return __builtin_sqrt(x); }

template <class T>
inline T scalar_sigmoid(T x) {
  return 1 / (1 + scalar_exp(-x));
}
template <class T>
inline T scalar_softplus(T x) {
  return (x > 0 ? x : 0) + scalar_log1p(scalar_exp(x > 0 ? -x : x));
}

}  // namespace
}  // namespace mneme
