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

/// m, or its square.
template <bool kSquared, class T>
inline Vector<T> component(Vector<T> m) {
  if constexpr (kSquared) return m * m;
  return m;
}

/// products[h][i] (+)= Σ_w keys[h][w] M[i][w] for the slots [begin, end); with kSquared over M[i][w]².
template <bool kAdd, bool kSquared = false, class T, class Sizes>
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
          for (int v = 0; v < kVectors; ++v) sums[h][v] += key[h * key_row + w] * component<kSquared, T>(load(m + v * kLanes<T>));
      for (int h = 0; h < kHeads; ++h)
        for (int v = 0; v < kVectors; ++v) {
          T* place = products + (first + h) * sizes.slots_row() + slot + v * kLanes<T>;
          store<T>(place, kAdd ? load(place) + sums[h][v] : sums[h][v]);
        }
    });
  });
}

/// out[h][w] = Σ_i weights[h][i] M[i][w] for the components [begin, end), with kSquared over M[i][w]²; `buffer` holds
/// kHeadsAtOnce vectors for each of them.
template <bool kSquared = false, class T, class Sizes>
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
          const Vector<T> m = component<kSquared, T>(load(memory + offset + (w * kVectors + v) * kLanes<T>));
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

/// What each of several heads gives to d M through what it read and through the key that it looked for.
template <class T>
struct HeadGradients {
  const T *weights, *d_reads;  // [heads, slots_row], [heads, width]
  const T *scaled, *keys;      // [heads, slots_row], [heads, width]
  const T* norm_term;          // [slots_row]: of all heads
};

/// d_memory[i] += Σ_h weights[h][i] d_reads[h] + scaled[h][i] keys[h] - norm_term[i] M[i] for the slots [begin, end).
/// Two vectors of slots at a time, so that the weights of all heads stay in registers.
template <class T, class Sizes>
void spread_heads(const Sizes& sizes, int64_t heads, const HeadGradients<T> gradients, const T* memory, int64_t begin,
                  int64_t end, T* d_memory) {
  const int64_t width = sizes.width, row = sizes.slots_row();
  for_heads(heads, [&](auto count, int64_t first) {
    constexpr int kHeads = decltype(count)::value;
    const T *const d_reads = gradients.d_reads + first * width, *const keys = gradients.keys + first * width;
    for_panels_of<T>(sizes, begin, end, [&](auto vectors, int64_t slot, int64_t offset) {
      constexpr int kVectors = decltype(vectors)::value;
      const auto columns = [&](auto vector_count, int v0) {
        constexpr int kCount = decltype(vector_count)::value;
        Vector<T> weight[kHeads][kCount], scaled[kHeads][kCount], norm_term[kCount] = {};
        for (int v = 0; v < kCount; ++v) {
          const int64_t i = slot + (v0 + v) * kLanes<T>;
          if (first == 0) norm_term[v] = load(gradients.norm_term + i);
          for (int h = 0; h < kHeads; ++h) {
            weight[h][v] = load(gradients.weights + (first + h) * row + i);
            scaled[h][v] = load(gradients.scaled + (first + h) * row + i);
          }
        }
        const T* m = memory + offset + v0 * kLanes<T>;
        T* d = d_memory + offset + v0 * kLanes<T>;
        for (int64_t w = 0; w < width; ++w, m += kVectors * kLanes<T>, d += kVectors * kLanes<T>)
#pragma GCC unroll 2
          for (int v = 0; v < kCount; ++v) {
            Vector<T> sum = load(d + v * kLanes<T>);
            sum -= norm_term[v] * load(m + v * kLanes<T>);
#pragma GCC unroll 4
            for (int h = 0; h < kHeads; ++h) {
              sum += d_reads[h * width + w] * weight[h][v];
              sum += keys[h * width + w] * scaled[h][v];
            }
            store<T>(d + v * kLanes<T>, sum);
          }
      };
      int v = 0;
      for (; v + 2 <= kVectors; v += 2) columns(std::integral_constant<int, 2>{}, v);
      if (v < kVectors) columns(std::integral_constant<int, 1>{}, v);
    });
  });
}

/// d_memory[i] += scaled[i] key - norm_term[i] M[i] for the slots [begin, end).
template <class T, class Sizes>
void spread_key(const Sizes& sizes, const T* scaled, const T* key, const T* norm_term, const T* memory, int64_t begin,
                int64_t end, T* d_memory) {
  for_panels_of<T>(sizes, begin, end, [&](auto vectors, int64_t slot, int64_t offset) {
    constexpr int kVectors = decltype(vectors)::value;
    Vector<T> along[kVectors], away[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      along[v] = load(scaled + slot + v * kLanes<T>);
      away[v] = load(norm_term + slot + v * kLanes<T>);
    }
    for (int64_t w = 0; w < sizes.width; ++w)
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        const int64_t at = offset + (w * kVectors + v) * kLanes<T>;
        Vector<T> sum = load(d_memory + at);
        sum += key[w] * along[v];
        sum -= away[v] * load(memory + at);
        store<T>(d_memory + at, sum);
      }
  });
}

/// d_memory[i] += Σ_k slots[k][i] widths[k] - norm_term[i] M[i] for all slots: `count` outer products, whose rows lie
/// slots_row() and width apart. Two vectors of slots at a time, so that what belongs to them stays in registers.
template <class T, class Sizes>
void spread_outer_products(const Sizes& sizes, int64_t count, const T* slots, const T* widths, const T* norm_term,
                           const T* memory, T* d_memory) {
  const int64_t width = sizes.width, row = sizes.slots_row();
  for_heads(count, [&](auto products, int64_t first) {
    constexpr int kProducts = decltype(products)::value;
    const T *const outer_slots = slots + first * row, *const outer_widths = widths + first * width;
    for_each_panel<T>(sizes, [&](auto vectors, int64_t slot, int64_t offset) {
      constexpr int kVectors = decltype(vectors)::value;
      const auto columns = [&](auto vector_count, int v0) {
        constexpr int kCount = decltype(vector_count)::value;
        Vector<T> outer[kProducts][kCount], away[kCount] = {};
        for (int v = 0; v < kCount; ++v) {
          const int64_t i = slot + (v0 + v) * kLanes<T>;
          if (first == 0) away[v] = load(norm_term + i);
          for (int k = 0; k < kProducts; ++k) outer[k][v] = load(outer_slots + k * row + i);
        }
        const T* m = memory + offset + v0 * kLanes<T>;
        T* d = d_memory + offset + v0 * kLanes<T>;
        for (int64_t w = 0; w < width; ++w, m += kVectors * kLanes<T>, d += kVectors * kLanes<T>)
#pragma GCC unroll 2
          for (int v = 0; v < kCount; ++v) {
            Vector<T> sum = load(d + v * kLanes<T>) - away[v] * load(m + v * kLanes<T>);
#pragma GCC unroll 4
            for (int k = 0; k < kProducts; ++k) sum += outer_widths[k * width + w] * outer[k][v];
            store<T>(d + v * kLanes<T>, sum);
          }
      };
      int v = 0;
      for (; v + 2 <= kVectors; v += 2) columns(std::integral_constant<int, 2>{}, v);
      if (v < kVectors) columns(std::integral_constant<int, 1>{}, v);
    });
  });
}

/// d_memory[i] -= (Σ_h norm_terms[h][i] mask_squares[h]) ∘ M[i] for the slots [begin, end): what masked keys give to
/// d M through the norms |M_i ∘ m_h|.
template <class T, class Sizes>
void spread_masked_norms(const Sizes& sizes, int64_t heads, const T* norm_terms, const T* mask_squares,
                         const T* memory, int64_t begin, int64_t end, T* d_memory) {
  const int64_t width = sizes.width, row = sizes.slots_row();
  for_heads(heads, [&](auto count, int64_t first) {
    constexpr int kHeads = decltype(count)::value;
    const T* const squares = mask_squares + first * width;
    for_panels_of<T>(sizes, begin, end, [&](auto vectors, int64_t slot, int64_t offset) {
      constexpr int kVectors = decltype(vectors)::value;
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        Vector<T> terms[kHeads];
        for (int h = 0; h < kHeads; ++h) terms[h] = load(norm_terms + (first + h) * row + slot + v * kLanes<T>);
        for (int64_t w = 0; w < width; ++w) {
          const int64_t at = offset + (w * kVectors + v) * kLanes<T>;
          Vector<T> sum = squares[w] * terms[0];
#pragma GCC unroll 4
          for (int h = 1; h < kHeads; ++h) sum += squares[h * width + w] * terms[h];
          store<T>(d_memory + at, load(d_memory + at) - sum * load(memory + at));
        }
      }
    });
  });
}

}  // namespace
}  // namespace mneme
