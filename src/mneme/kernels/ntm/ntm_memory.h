// What the forward and the backward pass of the fused NTM share, for kernel files only: the write, and the
// shifted weighting.
#pragma once

#include "mneme/kernels/ntm/ntm_plan.h"
#include "mneme/kernels/simd/slot_memory.h"

namespace mneme {
namespace {

constexpr double kSmallestWeight = 1e-30;

/// What step t of sequence b keeps, but for its states.
template <class T>
void fetch_step(const NtmForwardPlan<T>& plan, int64_t b, int64_t t) {
  const NtmSizes& s = plan.sizes;
  const int64_t row = b * s.time + t;
  fetch_early(plan.gates + row * s.gates_row(), s.gates());
  fetch_early(plan.interface + row * s.interface_row(), s.interface());
  fetch_early(plan.cosines + row * s.weights_row(), s.weights_row());
  fetch_early(plan.content + row * s.weights_row(), s.weights_row());
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
    V norms[kVectors] = {}, only[kVectors];  // the one head's weights stay in registers
    if constexpr (kWriteHeads == 1)
      for (int v = 0; v < kVectors; ++v) only[v] = load(weights + slot + v * kLanes<T>);
    for (int64_t w = 0; w < sizes.width; ++w) {
      V m[kVectors], added[kVectors] = {};
      for (int v = 0; v < kVectors; ++v) m[v] = load(from + offset + (w * kVectors + v) * kLanes<T>);
      for (int64_t h = 0; h < heads; ++h) {
        const V erase = broadcast(interface[sizes.erases() + h * sizes.width + w]);
        const V add = broadcast(interface[sizes.adds() + h * sizes.width + w]);
        for (int v = 0; v < kVectors; ++v) {
          V weight;
          if constexpr (kWriteHeads == 1)
            weight = only[v];
          else
            weight = load(weights + h * row + slot + v * kLanes<T>);
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
inline int64_t ring_size(const NtmSizes& sizes) { return sizes.slots_row() + 2 * padded(sizes.shift_range) + kPad; }

/// Repeats the ends of ring[shift_range + 0..slots) on both sides, so that a circular shift is a plain one.
template <class T>
void close_ring(const NtmSizes& sizes, T* ring) {
  const int64_t n = sizes.slots, s = sizes.shift_range;
  T* values = ring + s;
  for (int64_t i = 1, before = n - 1, after = 0; i <= s; ++i) {
    values[-i] = values[before];
    values[n + i - 1] = values[after];
    before = before == 0 ? n - 1 : before - 1;
    after = after == n - 1 ? 0 : after + 1;
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

}  // namespace
}  // namespace mneme
