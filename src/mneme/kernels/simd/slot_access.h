// Products of a slot memory with the vectors of several heads, for kernel files only. Four heads at a time share
// each load of the memory. Heads' vectors lie `key_row` apart, their values over the slots `slots_row()` apart.
#pragma once

#include "mneme/kernels/simd/slot_memory.h"

namespace mneme {
namespace {

constexpr int kHeadsAtOnce = 4;

/// body(integral_constant heads, first head) until all heads are done.
template <class Body>
void for_heads(int64_t heads, Body&& body) {
  int64_t h = 0;
  for (; heads - h >= kHeadsAtOnce; h += kHeadsAtOnce) body(std::integral_constant<int, kHeadsAtOnce>{}, h);
  switch (heads - h) {
    case 3: body(std::integral_constant<int, 3>{}, h); break;
    case 2: body(std::integral_constant<int, 2>{}, h); break;
    case 1: body(std::integral_constant<int, 1>{}, h); break;
    default: break;
  }
}

/// Panels of the slots [begin, end), which are cut at whole panels: body(vectors, first slot, offset).
template <class T, class Sizes, class Body>
void for_panels_of(const Sizes& sizes, int64_t begin, int64_t end, Body&& body) {
  for_each_panel<T>(sizes, [&](auto vectors, int64_t slot, int64_t offset) {
    if (slot >= begin && slot < end) body(vectors, slot, offset);
  });
}

/// Slots of a whole panel: where the work over panels may be cut.
template <class T>
constexpr int64_t kPanelSlots = kMemoryPanel * kLanes<T>;

/// products[h][i] (+)= Σ_w keys[h][w] M[i][w] for the slots [begin, end).
template <bool kAdd, class T, class Sizes>
void match_slots(const Sizes& sizes, int64_t heads, const T* keys, int64_t key_row, const T* memory, int64_t begin,
                 int64_t end, T* products) {
  for_heads(heads, [&](auto count, int64_t first) {
    constexpr int kHeads = decltype(count)::value;
    const T* key = keys + first * key_row;
    for_panels_of<T>(sizes, begin, end, [&](auto vectors, int64_t slot, int64_t offset) {
      constexpr int kVectors = decltype(vectors)::value;
      Vector<T> sums[kHeads][kVectors] = {};
      const T* m = memory + offset;
      for (int64_t w = 0; w < sizes.width; ++w, m += kVectors * kLanes<T>)
#pragma GCC unroll 4
        for (int h = 0; h < kHeads; ++h)
#pragma GCC unroll 4
          for (int v = 0; v < kVectors; ++v) sums[h][v] += key[h * key_row + w] * load(m + v * kLanes<T>);
      for (int h = 0; h < kHeads; ++h)
        for (int v = 0; v < kVectors; ++v) {
          T* place = products + (first + h) * sizes.slots_row() + slot + v * kLanes<T>;
          store<T>(place, kAdd ? load(place) + sums[h][v] : sums[h][v]);
        }
    });
  });
}

/// out[h][w] = Σ_i weights[h][i] M[i][w] for the components [begin, end); `buffer` holds kHeadsAtOnce vectors for
/// each of them.
template <class T, class Sizes>
void gather_slots(const Sizes& sizes, int64_t heads, const T* weights, const T* memory, int64_t begin, int64_t end,
                  T* buffer, T* out, int64_t out_row) {
  const int64_t count = end - begin;
  for_heads(heads, [&](auto head_count, int64_t first) {
    constexpr int kHeads = decltype(head_count)::value;
    const T* weight = weights + first * sizes.slots_row();
    for (int64_t w = begin; w < end; ++w) {
      Vector<T> sums[kHeads] = {};
      for_each_panel<T>(sizes, [&](auto vectors, int64_t slot, int64_t offset) {
        constexpr int kVectors = decltype(vectors)::value;
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          const Vector<T> m = load(memory + offset + (w * kVectors + v) * kLanes<T>);
#pragma GCC unroll 4
          for (int h = 0; h < kHeads; ++h)
            sums[h] += m * load(weight + h * sizes.slots_row() + slot + v * kLanes<T>);
        }
      });
      for (int h = 0; h < kHeads; ++h) store(buffer + (h * count + w - begin) * kLanes<T>, sums[h]);
    }
    for (int h = 0; h < kHeads; ++h)
      sum_vectors(buffer + h * count * kLanes<T>, count, out + (first + h) * out_row + begin);
  });
}

/// d_memory[i][w] += Σ_h weights[h][i] vectors[h][w] for the slots [begin, end).
template <class T, class Sizes>
void spread_slots(const Sizes& sizes, int64_t heads, const T* weights, const T* vectors, int64_t vector_row,
                  int64_t begin, int64_t end, T* d_memory) {
  for_heads(heads, [&](auto count, int64_t first) {
    constexpr int kHeads = decltype(count)::value;
    const T* weight = weights + first * sizes.slots_row();
    const T* vector = vectors + first * vector_row;
    for_panels_of<T>(sizes, begin, end, [&](auto vector_count, int64_t slot, int64_t offset) {
      constexpr int kVectors = decltype(vector_count)::value;
      Vector<T> at[kHeads][kVectors];
      for (int h = 0; h < kHeads; ++h)
        for (int v = 0; v < kVectors; ++v) at[h][v] = load(weight + h * sizes.slots_row() + slot + v * kLanes<T>);
      T* m = d_memory + offset;
      for (int64_t w = 0; w < sizes.width; ++w, m += kVectors * kLanes<T>)
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          Vector<T> sum = load(m + v * kLanes<T>);
#pragma GCC unroll 4
          for (int h = 0; h < kHeads; ++h) sum += vector[h * vector_row + w] * at[h][v];
          store<T>(m + v * kLanes<T>, sum);
        }
    });
  });
}

/// d_memory[i] -= scale[i] M[i] for the slots [begin, end).
template <class T, class Sizes>
void subtract_scaled(const Sizes& sizes, const T* scale, const T* memory, int64_t begin, int64_t end, T* d_memory) {
  for_panels_of<T>(sizes, begin, end, [&](auto vectors, int64_t slot, int64_t offset) {
    constexpr int kVectors = decltype(vectors)::value;
    for (int v = 0; v < kVectors; ++v) {
      const Vector<T> s = load(scale + slot + v * kLanes<T>);
      for (int64_t w = 0; w < sizes.width; ++w) {
        const int64_t at = offset + (w * kVectors + v) * kLanes<T>;
        store<T>(d_memory + at, load(d_memory + at) - s * load(memory + at));
      }
    }
  });
}

}  // namespace
}  // namespace mneme
