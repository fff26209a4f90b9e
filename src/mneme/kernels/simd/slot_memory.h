// The layout of a memory of slots and the work on it, for kernel files only. `Sizes` tells slots, width and
// slots_row(): the slots rounded up to whole vectors, with zeros in the lanes past the last.
//
// The memory of one sequence is kept transposed, in panels of up to four vectors of slots:
// [panel][width][slots of the panel]. A key's component then meets a run of contiguous slots.
#pragma once

#include <cmath>
#include <type_traits>

#include "mneme/kernels/simd/math.h"

namespace mneme {
namespace {

constexpr int kMemoryPanel = 4;  // vectors
constexpr double kNormEpsilon = 1e-6;

/// Fetches what will be read or written some microseconds later into the second cache. The processor foresees long
/// runs by itself, but not the many short rows of a step.
template <class T>
inline void fetch_early(const T* from, int64_t count) {
  constexpr int64_t kLine = 64 / static_cast<int64_t>(sizeof(T));
  for (int64_t i = 0; i < count; i += kLine) __builtin_prefetch(from + i, 0, 2);
}

/// body(integral_constant vectors, first slot, offset of the panel in the memory) for every panel.
template <class T, class Sizes, class Body>
void for_each_panel(const Sizes& sizes, Body&& body) {
  const int64_t vectors = sizes.slots_row() / kLanes<T>;
  int64_t v = 0;
  const auto call = [&](auto count) {
    body(count, v * kLanes<T>, v * kLanes<T> * sizes.width);
    v += count;
  };
  while (vectors - v >= kMemoryPanel) call(std::integral_constant<int, kMemoryPanel>{});
  if (vectors - v == 3) call(std::integral_constant<int, 3>{});
  if (vectors - v == 2) call(std::integral_constant<int, 2>{});
  if (vectors - v == 1) call(std::integral_constant<int, 1>{});
}

/// [slots, width] → panels; the slots past the last are zero.
template <class T, class Sizes>
void load_memory(const Sizes& sizes, const T* from, T* memory) {
  for_each_panel<T>(sizes, [&](auto vectors, int64_t slot, int64_t offset) {
    constexpr int64_t kSlots = decltype(vectors)::value * kLanes<T>;
    for (int64_t w = 0; w < sizes.width; ++w)
      for (int64_t i = 0; i < kSlots; ++i)
        memory[offset + w * kSlots + i] = slot + i < sizes.slots ? from[(slot + i) * sizes.width + w] : T{0};
  });
}

template <class T, class Sizes>
void store_memory(const Sizes& sizes, const T* memory, T* to) {
  for_each_panel<T>(sizes, [&](auto vectors, int64_t slot, int64_t offset) {
    constexpr int64_t kSlots = decltype(vectors)::value * kLanes<T>;
    for (int64_t i = 0; i < kSlots && slot + i < sizes.slots; ++i)
      for (int64_t w = 0; w < sizes.width; ++w) to[(slot + i) * sizes.width + w] = memory[offset + w * kSlots + i];
  });
}

/// 1 / sqrt(k·k + ε)
template <class T>
inline T inverse_norm(const T* key, int64_t width) {
  Vector<T> squares = {};
  for (int64_t w = 0; w < width; w += kLanes<T>) {
    const Vector<T> k = load_first(key + w, width - w);
    squares += k * k;
  }
  return 1 / scalar_sqrt(sum_lanes(squares) + T(kNormEpsilon));
}

/// x ← softmax over the slots; the lanes past the last slot become zero.
template <class T, class Sizes>
void softmax_slots(const Sizes& sizes, T* x) {
  using V = Vector<T>;
  const int64_t row = sizes.slots_row();
  for (int64_t i = sizes.slots; i < row; ++i) x[i] = -HUGE_VAL;
  V largest = load(x);
  for (int64_t i = kLanes<T>; i < row; i += kLanes<T>) largest = maximum<T>(largest, load(x + i));
  const V shift = broadcast(max_lanes<T>(largest));
  V total = {};
  for (int64_t i = 0; i < row; i += kLanes<T>) {
    const V e = exponential(load(x + i) - shift);
    total += e;
    store(x + i, e);
  }
  const V scale = broadcast(1 / sum_lanes(total));
  for (int64_t i = 0; i < row; i += kLanes<T>) store(x + i, load(x + i) * scale);
}

/// Adds up one vector a word component over the panels of the memory.
template <class T>
inline void accumulate_partial(T* partial, int64_t w, int64_t slot, Vector<T> value) {
  T* place = partial + w * kLanes<T>;
  store(place, slot == 0 ? value : load(place) + value);
}

}  // namespace
}  // namespace mneme
