// Products of weight rows with one vector, for kernel files only. They are bound by the memory that the
// weights come from, so all that counts is to ask for it early and to keep up with it.
#pragma once

#include "mneme/kernels/decoder/decoder_plan.h"
#include "mneme/kernels/simd/vector.h"

namespace mneme {
namespace {

/// A vector of float32 from the numbers of each form.
[[gnu::always_inline]] inline Vector<float> widened(const float* from) {
  return load(from);
}

[[gnu::always_inline]] inline Vector<float> widened(
    const uint16_t* from) {  // bfloat16: the upper half of a float32
#if defined(__AVX512F__)
  const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
#elif defined(__AVX2__)
  const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
#else
  VectorOf<float>::Integers bits;
  for (int lane = 0; lane < kLanes<float>; ++lane)
    bits[lane] = static_cast<int32_t>(uint32_t{from[lane]} << 16);
  return __builtin_bit_cast(Vector<float>, bits);
#endif
}

[[gnu::always_inline]] inline Vector<float> widened(const int8_t* from) {
#if defined(__AVX512F__)
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
#elif defined(__AVX2__)
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
#else
  Vector<float> value;
  for (int lane = 0; lane < kLanes<float>; ++lane) value[lane] = from[lane];
  return value;
#endif
}

constexpr int kRowsTogether = 4;
constexpr int64_t kAhead = 4096;  // bytes of a row's run that are asked for before they are used

/// sums[i] = row i · vector for kRowsTogether rows; the order of additions depends on nothing but the depth.
template <class Number>
[[gnu::always_inline]] inline void multiply_rows(const Number* rows, int64_t row, const float* vector,
                                                 float* sums) {
  constexpr int n = kLanes<float>;
  Vector<float> even[kRowsTogether] = {}, odd[kRowsTogether] = {};
  int64_t k = 0;
  for (; k + 2 * n <= row; k += 2 * n) {
    const Vector<float> first = load(vector + k), second = load(vector + k + n);
    for (int i = 0; i < kRowsTogether; ++i) {
      const Number* from = rows + i * row + k;
      __builtin_prefetch(reinterpret_cast<const char*>(from) + kAhead);
      even[i] += widened(from) * first;
      odd[i] += widened(from + n) * second;
    }
  }
  for (; k < row; k += n) {
    const Vector<float> first = load(vector + k);
    for (int i = 0; i < kRowsTogether; ++i) even[i] += widened(rows + i * row + k) * first;
  }
  for (int i = 0; i < kRowsTogether; ++i) sums[i] = sum_lanes(even[i] + odd[i]);
}

template <class Number>
inline float multiply_row(const Number* numbers, int64_t row, const float* vector) {
  constexpr int n = kLanes<float>;
  Vector<float> even = {}, odd = {};
  int64_t k = 0;
  for (; k + 2 * n <= row; k += 2 * n) {
    even += widened(numbers + k) * load(vector + k);
    odd += widened(numbers + k + n) * load(vector + k + n);
  }
  for (; k < row; k += n) even += widened(numbers + k) * load(vector + k);
  return sum_lanes(even + odd);
}

/// take(r, row r · vector + bias) for the rows [begin, end). `vector` has zeros up to padded(depth).
template <class Number, class Take>
inline void multiply_range(const WeightRows& matrix, const float* vector, int64_t begin, int64_t end,
                           Take&& take) {
  const auto* numbers = static_cast<const Number*>(matrix.numbers);
  const int64_t row = padded(matrix.depth);
  const auto give = [&](int64_t r, float sum) {
    if (matrix.scales != nullptr) sum *= matrix.scales[r];
    take(r, matrix.bias != nullptr ? sum + matrix.bias[r] : sum);
  };
  int64_t r = begin;
  for (; r + kRowsTogether <= end; r += kRowsTogether) {
    float sums[kRowsTogether];
    multiply_rows(numbers + r * row, row, vector, sums);
    for (int i = 0; i < kRowsTogether; ++i) give(r + i, sums[i]);
  }
  for (; r < end; ++r) give(r, multiply_row(numbers + r * row, row, vector));
}

template <class Take>
inline void multiply(const WeightRows& matrix, WeightForm form, const float* vector, int64_t begin,
                     int64_t end, Take&& take) {
  if (form == WeightForm::float32) return multiply_range<float>(matrix, vector, begin, end, take);
  if (form == WeightForm::bfloat16) return multiply_range<uint16_t>(matrix, vector, begin, end, take);
  multiply_range<int8_t>(matrix, vector, begin, end, take);
}

}  // namespace
}  // namespace mneme
