// One vector type for every instruction set, for kernel files only (they are compiled once for each set;
// cmake/KernelFiles.cmake). Everything here has internal linkage: a copy compiled for AVX-512 must never
// be the one that the linker keeps for the whole program.
#pragma once

// GCC 12 takes the undefined operand of its own AVX-512 intrinsics for a mistake (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include <cstdint>
#include <type_traits>
#include <utility>

namespace mneme {
namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
constexpr int kTileRows = 8;  // rows of a GEMM tile: 8 x 3 accumulators of 32 registers
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
constexpr int kTileRows = 4;  // 4 x 3 accumulators of 16 registers
#else
constexpr int kVectorBytes = 16;
constexpr int kTileRows = 4;
#endif

template <class T>
struct VectorOf;
template <>
struct VectorOf<float> {
  typedef float Type __attribute__((vector_size(kVectorBytes)));
  typedef int32_t Integers __attribute__((vector_size(kVectorBytes)));
};
template <>
struct VectorOf<double> {
  typedef double Type __attribute__((vector_size(kVectorBytes)));
  typedef int64_t Integers __attribute__((vector_size(kVectorBytes)));
};
template <class T>
using Vector = typename VectorOf<T>::Type;

template <class T>
constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));

template <class T>
inline Vector<T> load(const T* from) {
  Vector<T> value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
inline void store(T* to, Vector<T> value) {
  __builtin_memcpy(to, &value, sizeof value);
}

#if defined(__AVX2__) && !defined(__AVX512F__)
/// All bits of the first `count` lanes, 0 to 8.
inline __m256i lane_mask(int64_t count) {
  static constexpr int32_t kMasks[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMasks + 8 - count));
}
#endif

/// The first `count` lanes; the others are zero and not read.
template <class T>
inline Vector<T> load_first(const T* from, int64_t count) {
  if (count >= kLanes<T>) return load(from);
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == sizeof(float))
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == sizeof(float)) return _mm256_maskload_ps(from, lane_mask(count));
#endif
  Vector<T> value = {};
  for (int64_t lane = 0; lane < count; ++lane) value[lane] = from[lane];
  return value;
}

/// Stores the first `count` lanes.
template <class T>
inline void store_first(T* to, Vector<T> value, int64_t count) {
  if (count >= kLanes<T>) {
    store(to, value);
    return;
  }
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) {
    _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), value);
    return;
  }
#elif defined(__AVX2__)
  if constexpr (std::is_same_v<T, float>) {  // by halves: a masked store is slow on some processors
    __m128 half = _mm256_castps256_ps128(value);
    if (count & 4) {
      _mm_storeu_ps(to, half);
      to += 4;
      half = _mm256_extractf128_ps(value, 1);
    }
    if (count & 2) {
      _mm_storel_pi(reinterpret_cast<__m64*>(to), half);
      to += 2;
      half = _mm_movehl_ps(half, half);
    }
    if (count & 1) _mm_store_ss(to, half);
    return;
  }
#endif
  for (int64_t lane = 0; lane < count; ++lane) to[lane] = value[lane];
}

template <class T>
inline Vector<T> broadcast(T value) {
  return value - Vector<T>{};
}

template <class T>
inline T sum_lanes_in_order(Vector<T> v) {
  T sum = 0;
  for (int lane = 0; lane < kLanes<T>; ++lane) sum += v[lane];
  return sum;
}

inline float sum_lanes(Vector<float> v) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps(v);
#elif defined(__AVX2__)
  __m128 q = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  q = _mm_add_ps(q, _mm_movehl_ps(q, q));
  return _mm_cvtss_f32(_mm_add_ss(q, _mm_shuffle_ps(q, q, 1)));
#else
  return sum_lanes_in_order<float>(v);
#endif
}

inline double sum_lanes(Vector<double> v) { return sum_lanes_in_order<double>(v); }

/// out[i] = the lanes of the i-th vector summed, for `count` vectors one after another.
template <class T>
inline void sum_vectors(const T* vectors, int64_t count, T* out) {
  int64_t i = 0;
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == sizeof(float))
    for (; i + 16 <= count; i += 16) {
      // Four rounds that each add two halves and put two vectors' sums side by side.
      __m512 quarters[4];
      for (int q = 0; q < 4; ++q) {
        const float* from = vectors + (i + 4 * q) * 16;
        const __m512 a = load(from), b = load(from + 16), c = load(from + 32), d = load(from + 48);
        const __m512d ab = _mm512_castps_pd(_mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b)));
        const __m512d cd = _mm512_castps_pd(_mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d)));
        quarters[q] = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)),
                                    _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)));
      }
      const auto join = [](__m512 x, __m512 y) {
        return _mm512_add_ps(_mm512_shuffle_f32x4(x, y, 0x88), _mm512_shuffle_f32x4(x, y, 0xdd));
      };
      store<float>(out + i, join(join(quarters[0], quarters[1]), join(quarters[2], quarters[3])));
    }
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == sizeof(float))
    for (; i + 8 <= count; i += 8) {
      // Sums of neighbours, three times over: then each half of a vector has its part of four vectors' sums.
      __m256 fours[2];
      for (int q = 0; q < 2; ++q) {
        const float* from = vectors + (i + 4 * q) * 8;
        const __m256 a = load(from), b = load(from + 8), c = load(from + 16), d = load(from + 24);
        fours[q] = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
      }
      store<float>(out + i, _mm256_add_ps(_mm256_permute2f128_ps(fours[0], fours[1], 0x20),
                                          _mm256_permute2f128_ps(fours[0], fours[1], 0x31)));
    }
#endif
  for (; i < count; ++i) out[i] = sum_lanes(load(vectors + i * kLanes<T>));
}

/// Swaps the upper right with the lower left quarter of every block of 2 · kHalf rows and lanes.
template <int kHalf, class T, int... kLane>
[[gnu::always_inline]] inline void swap_quarters(Vector<T>* rows, std::integer_sequence<int, kLane...>) {
  constexpr int n = kLanes<T>;
  using Integers = typename VectorOf<T>::Integers;
  // Lanes of the pair (a, b), those of b from n on.
  const Integers upper = {(kLane & kHalf ? n + kLane - kHalf : kLane)...};
  const Integers lower = {(kLane & kHalf ? n + kLane : kLane + kHalf)...};
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) {
    if (i & kHalf) continue;
    const Vector<T> a = rows[i], b = rows[i + kHalf];
    rows[i] = __builtin_shuffle(a, b, upper);
    rows[i + kHalf] = __builtin_shuffle(a, b, lower);
  }
}

/// to[i][j] = from[j][i] of a square with a vector a row; the rows of `from` are `stride` apart, and those from
/// `real` on are zero.
template <class T>
inline void transpose_square(const T* from, int64_t stride, int64_t real, T* to) {
  constexpr int n = kLanes<T>;
  constexpr auto lanes = std::make_integer_sequence<int, n>();
  Vector<T> rows[n];
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) rows[i] = i < real ? load(from + i * stride) : Vector<T>{};
  if constexpr (n > 8) swap_quarters<8, T>(rows, lanes);
  if constexpr (n > 4) swap_quarters<4, T>(rows, lanes);
  if constexpr (n > 2) swap_quarters<2, T>(rows, lanes);
  if constexpr (n > 1) swap_quarters<1, T>(rows, lanes);
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) store<T>(to + i * n, rows[i]);
}

template <class T>
inline T max_lanes(Vector<T> v) {
  T largest = v[0];
  for (int lane = 1; lane < kLanes<T>; ++lane) largest = v[lane] > largest ? v[lane] : largest;
  return largest;
}

template <class T>
inline Vector<T> maximum(Vector<T> a, Vector<T> b) {
  return a > b ? a : b;
}

inline Vector<float> square_root(Vector<float> v) {
#if defined(__AVX512F__)
  return _mm512_sqrt_ps(v);
#elif defined(__AVX2__)
  return _mm256_sqrt_ps(v);
#else
  for (int lane = 0; lane < kLanes<float>; ++lane) v[lane] = __builtin_sqrtf(v[lane]);
  return v;
#endif
}

inline Vector<double> square_root(Vector<double> v) {
  for (int lane = 0; lane < kLanes<double>; ++lane) v[lane] = __builtin_sqrt(v[lane]);
  return v;
}

}  // namespace
}  // namespace mneme
