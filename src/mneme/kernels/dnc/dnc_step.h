// What the forward and the backward pass of the fused DNC share, for kernel files only.
#pragma once

#include <cstring>

#include "mneme/kernels/dnc/dnc_plan.h"
#include "mneme/kernels/simd/slot_access.h"
#include "mneme/kernels/simd/team.h"

namespace mneme {
namespace {

/// The allocation sees u' = ε + (1 - ε) u, so that its derivative may divide by it.
constexpr double kUsageFloor = 1e-6;

/// What sharpening adds to a link weighting before the logarithm.
constexpr double kLinkFloor = 1e-6;

/// Columns of a matrix product that one thread takes at a time.
template <class T>
constexpr int64_t kColumnGrain = 8 * kLanes<T>;

/// Components of the memory that one thread takes at a time.
constexpr int64_t kWidthGrain = 16;

template <class T>
inline void zero(T* place, int64_t count) {
  std::memset(static_cast<void*>(place), 0, count * sizeof(T));
}

/// The lanes past the last slot.
template <class T>
inline void zero_past_slots(const DncSizes& s, int64_t heads, T* values) {
  for (int64_t h = 0; h < heads; ++h) zero(values + h * s.slots_row() + s.slots, s.slots_row() - s.slots);
}

/// The keys of all read heads and then that of the write head: as they are, or k ∘ m ∘ m with the squares of the
/// masks m behind them (see content_addressing.cpp: no head needs a masked memory of its own).
template <class T>
struct Keys {
  const T *read, *write;
  const T *read_masks, *write_mask;  // m ∘ m; null without masks
};

/// Elements that keys_of writes to.
inline int64_t keys_size(const DncSizes& s) { return s.masked_keys ? 2 * (s.reads() + s.width) : 0; }

template <class T>
Keys<T> keys_in(const DncSizes& s, const T* interface, const T* room) {
  if (!s.masked_keys) return {interface + s.read_keys(), interface + s.write_key(), nullptr, nullptr};
  const int64_t size = s.reads() + s.width;
  return {room, room + s.reads(), room + size, room + size + s.reads()};
}

/// Fills what keys_in shows.
template <class T>
void mask_keys(const DncSizes& s, const T* interface, T* room) {
  if (!s.masked_keys) return;
  T* squares = room + s.reads() + s.width;
  const auto fill = [&](const T* keys, const T* masks, int64_t at, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      squares[at + i] = masks[i] * masks[i];
      room[at + i] = keys[i] * squares[at + i];
    }
  };
  fill(interface + s.read_keys(), interface + s.read_masks(), 0, s.reads());
  fill(interface + s.write_key(), interface + s.write_mask(), s.reads(), s.width);
}

/// 1 / |k ∘ m|; `mask` null: 1 / |k|.
template <class T>
inline T inverse_norm_under(const T* key, const T* mask, int64_t width) {
  if (!mask) return inverse_norm(key, width);
  T norm = kNormEpsilon;
  for (int64_t w = 0; w < width; ++w) norm += key[w] * key[w] * mask[w] * mask[w];
  return 1 / scalar_sqrt(norm);
}

/// M ← (ψ M) ∘ (1 - w eᵀ) + w vᵀ for the slots [begin, end), ψ = 1 where `retention` is null; with `inverse_norms`,
/// also those of the new rows.
template <class T>
void write_slots(const DncSizes& s, const T* from, T* to, const T* interface, const T* weights, const T* retention,
                 int64_t begin, int64_t end, T* inverse_norms) {
  using V = Vector<T>;
  for_panels_of<T>(s, begin, end, [&](auto vectors, int64_t slot, int64_t offset) {
    constexpr int kVectors = decltype(vectors)::value;
    V weight[kVectors], kept[kVectors], norms[kVectors] = {};
    for (int v = 0; v < kVectors; ++v) {
      weight[v] = load(weights + slot + v * kLanes<T>);
      kept[v] = retention ? load(retention + slot + v * kLanes<T>) : broadcast(T{1});
    }
    for (int64_t w = 0; w < s.width; ++w) {
      const T erase = interface[s.erase() + w], add = interface[s.write_vector() + w];
      for (int v = 0; v < kVectors; ++v) {
        const int64_t at = offset + (w * kVectors + v) * kLanes<T>;
        const V before = kept[v] * load(from + at);
        const V m = before - before * weight[v] * erase + weight[v] * add;
        store<T>(to + at, m);
        norms[v] += m * m;
      }
    }
    if (inverse_norms)
      for (int v = 0; v < kVectors; ++v)
        store(inverse_norms + slot + v * kLanes<T>, 1 / square_root(norms[v] + T(kNormEpsilon)));
  });
}

}  // namespace
}  // namespace mneme
