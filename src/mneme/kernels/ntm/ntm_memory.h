// What the forward and the backward pass of the fused NTM share, for kernel files only: the layout of the
// memory, the write, and the shifted weighting.
//
// The memory of one sequence is kept transposed, in panels of up to four vectors of slots:
// [panel][width][slots of the panel]. A key's component then meets a run of contiguous slots.
#pragma once

#include <cmath>
#include <type_traits>

#include "mneme/kernels/ntm/ntm_plan.h"
#include "mneme/kernels/simd/math.h"

namespace mneme {
namespace {

constexpr int kMemoryPanel = 4;  // vectors
constexpr double kNormEpsilon = 1e-6;
constexpr double kSmallestWeight = 1e-30;

/// body(integral_constant vectors, first slot, offset of the panel in the memory) for every panel.
template <class T, class Body>
void for_each_panel(const NtmSizes& sizes, Body&& body) {
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
template <class T>
void load_memory(const NtmSizes& sizes, const T* from, T* memory) {
  for_each_panel<T>(sizes, [&](auto vectors, int64_t slot, int64_t offset) {
    constexpr int64_t kSlots = decltype(vectors)::value * kLanes<T>;
    for (int64_t w = 0; w < sizes.width; ++w)
      for (int64_t i = 0; i < kSlots; ++i)
        memory[offset + w * kSlots + i] = slot + i < sizes.slots ? from[(slot + i) * sizes.width + w] : T{0};
  });
}

template <class T>
void store_memory(const NtmSizes& sizes, const T* memory, T* to) {
  for_each_panel<T>(sizes, [&](auto vectors, int64_t slot, int64_t offset) {
    constexpr int64_t kSlots = decltype(vectors)::value * kLanes<T>;
    for (int64_t i = 0; i < kSlots && slot + i < sizes.slots; ++i)
      for (int64_t w = 0; w < sizes.width; ++w) to[(slot + i) * sizes.width + w] = memory[offset + w * kSlots + i];
  });
}

/// M ← M ∘ Π_h (1 - w_h e_hᵀ) + Σ_h w_h a_hᵀ. `weights` are those of the write heads. With `inverse_norms`,
/// also 1 / sqrt(M_i·M_i + ε) of the new rows. kWriteHeads is 0 where the number is known only at run time.
template <int kWriteHeads, class T>
void write_memory_by(const NtmSizes& sizes, const T* from, T* to, const T* interface, const T* weights,
                     T* inverse_norms) {
  using V = Vector<T>;
  const int64_t heads = kWriteHeads ? kWriteHeads : sizes.write_heads;
  const int64_t row = sizes.slots_row();
  for_each_panel<T>(sizes, [&](auto vectors, int64_t slot, int64_t offset) {
    constexpr int kVectors = decltype(vectors)::value;
    V norms[kVectors] = {};
    for (int64_t w = 0; w < sizes.width; ++w) {
      V m[kVectors], added[kVectors] = {};
      for (int v = 0; v < kVectors; ++v) m[v] = load(from + offset + (w * kVectors + v) * kLanes<T>);
      for (int64_t h = 0; h < heads; ++h) {
        const V erase = broadcast(interface[sizes.erases() + h * sizes.width + w]);
        const V add = broadcast(interface[sizes.adds() + h * sizes.width + w]);
        for (int v = 0; v < kVectors; ++v) {
          const V weight = load(weights + h * row + slot + v * kLanes<T>);
          m[v] -= m[v] * weight * erase;
          added[v] += weight * add;
        }
      }
      for (int v = 0; v < kVectors; ++v) {
        m[v] += added[v];
        store(to + offset + (w * kVectors + v) * kLanes<T>, m[v]);
        norms[v] += m[v] * m[v];
      }
    }
    if (inverse_norms)
      for (int v = 0; v < kVectors; ++v)
        store(inverse_norms + slot + v * kLanes<T>, 1 / square_root(norms[v] + T(kNormEpsilon)));
  });
}

template <class T>
void write_memory(const NtmSizes& sizes, const T* from, T* to, const T* interface, const T* weights,
                  T* inverse_norms) {
  if (sizes.write_heads == 1)
    write_memory_by<1>(sizes, from, to, interface, weights, inverse_norms);
  else
    write_memory_by<0>(sizes, from, to, interface, weights, inverse_norms);
}

/// Room for a weighting with its ends repeated on both sides.
inline int64_t ring_size(const NtmSizes& sizes) { return sizes.slots_row() + 2 * ntm_padded(sizes.shift_range) + kNtmPad; }

/// Repeats the ends of ring[shift_range + 0..slots) on both sides, so that a circular shift is a plain one.
template <class T>
void close_ring(const NtmSizes& sizes, T* ring) {
  const int64_t n = sizes.slots, s = sizes.shift_range;
  T* values = ring + s;
  for (int64_t i = 1; i <= s; ++i) {
    values[-i] = values[((n - i) % n + n) % n];
    values[n + i - 1] = values[(i - 1) % n];
  }
}

/// ring ← g w_c + (1 - g) w_prev, closed.
template <class T>
void gate_weights(const NtmSizes& sizes, T gate, const T* content, const T* previous, T* ring) {
  const auto g = broadcast(gate);
  for (int64_t i = 0; i < sizes.slots_row(); i += kLanes<T>) {
    const auto before = load(previous + i);
    store(ring + sizes.shift_range + i, before + g * (load(content + i) - before));
  }
  close_ring(sizes, ring);
}

/// shifted[i] = Σ_d s(d) w_g[i - d], d from -shift_range to shift_range.
template <class T>
void shift_weights(const NtmSizes& sizes, const T* kernel, const T* ring, T* shifted) {
  const int64_t shifts = sizes.shifts();
  for (int64_t i = 0; i < sizes.slots_row(); i += kLanes<T>) {
    Vector<T> sum = {};
    for (int64_t d = 0; d < shifts; ++d) sum += kernel[d] * load(ring + i + (shifts - 1 - d));
    store(shifted + i, sum);
  }
}

/// x ← softmax over the slots; the lanes past the last slot become zero.
template <class T>
void softmax_slots(const NtmSizes& sizes, T* x) {
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
#endif
  for (int64_t lane = 0; lane < count; ++lane) to[lane] = value[lane];
}

}  // namespace
}  // namespace mneme
