// Small matrix products of a time step, for kernel files only. The right-hand matrix is packed once a call
// into one run a vector of columns; a handful of rows (the sequences that step together) runs over it.
//
// Every element of a product is a sum of chains of at most kChain fused multiply-adds, taken over the depth in
// order whatever the number of rows: a sequence's result does not depend on which others step with it, nor on
// the threads. One chain over the whole depth would round as often as it is long.
#pragma once

#include <type_traits>

#include "mneme/kernels/simd/vector.h"

namespace mneme {
namespace {

/// Packs the matrix `from`, seen as [depth, columns] through its two strides, as [vector][depth][lane]. `to`
/// holds depth * (columns rounded up to a vector) elements; lanes past the last column are zero.
template <class T>
void pack_columns(const T* from, int64_t depth, int64_t columns, int64_t depth_stride, int64_t column_stride, T* to) {
  for (int64_t begin = 0; begin < columns; begin += kLanes<T>) {
    const int64_t real = columns - begin < kLanes<T> ? columns - begin : kLanes<T>;
    const T* run = from + begin * column_stride;
    if (column_stride == 1) {
      for (int64_t k = 0; k < depth; ++k) store(to + k * kLanes<T>, load_first(run + k * depth_stride, real));
    } else if (depth_stride == 1 && depth >= kLanes<T>) {
      for (int64_t next = 0; next < depth; next += kLanes<T>) {
        const int64_t k = next < depth - kLanes<T> ? next : depth - kLanes<T>;  // the last square may overlap
        transpose_square(run + k, column_stride, real, to + k * kLanes<T>);
      }
    } else {
      for (int64_t k = 0; k < depth; ++k)
        for (int64_t j = 0; j < kLanes<T>; ++j)
          to[k * kLanes<T> + j] = j < real ? run[k * depth_stride + j * column_stride] : T{0};
    }
    to += depth * kLanes<T>;
  }
}

constexpr int64_t kChain = 64;

/// kRows rows of c times kVectors vectors of columns.
template <int kRows, int kVectors, class T>
void multiply_tile(const T* const* a, int64_t depth, const T* packed, T* const* c, int64_t column) {
  using V = Vector<T>;
  const int64_t run = depth * kLanes<T>;
  for (int64_t begin = 0; begin < depth; begin += kChain) {
    const int64_t end = depth - begin < kChain ? depth : begin + kChain;
    V sums[kRows][kVectors] = {};
    for (int64_t k = begin; k < end; ++k, packed += kLanes<T>) {
      V b[kVectors];
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) b[v] = load(packed + v * run);
#pragma GCC unroll 8
      for (int r = 0; r < kRows; ++r) {
        const V scale = broadcast(a[r][k]);
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) sums[r][v] += scale * b[v];
      }
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) {
        T* place = c[r] + column + v * kLanes<T>;
        store<T>(place, load(place) + sums[r][v]);
      }
  }
}

/// All columns, kVectors vectors at a time and then fewer.
template <int kRows, int kVectors, class T>
void multiply_rows(const T* const* a, int64_t depth, const T* packed, int64_t columns, T* const* c, int64_t column) {
  for (; column + (kVectors - 1) * kLanes<T> < columns; column += kVectors * kLanes<T>)
    multiply_tile<kRows, kVectors>(a, depth, packed + column * depth, c, column);
  if constexpr (kVectors > 1) multiply_rows<kRows, kVectors - 1>(a, depth, packed, columns, c, column);
}

/// c[r][0..columns) += Σ_k a[r][k] · packed[k][·] for every row r. The rows of c have room for whole vectors.
/// Few rows take more vectors at once, so that there are enough independent sums.
template <class T>
void multiply_accumulate(int64_t rows, const T* const* a, int64_t depth, const T* packed, int64_t columns,
                         T* const* c) {
  for (int64_t r = 0; r < rows; r += kTileRows) {
    switch (rows - r < kTileRows ? rows - r : kTileRows) {
      case 1: multiply_rows<1, 8>(a + r, depth, packed, columns, c + r, 0); break;
      case 2: multiply_rows<2, 5>(a + r, depth, packed, columns, c + r, 0); break;
      case 3: multiply_rows<3, 4>(a + r, depth, packed, columns, c + r, 0); break;
#if defined(__AVX512F__)
      case 4: multiply_rows<4, 5>(a + r, depth, packed, columns, c + r, 0); break;
      case 5: multiply_rows<5, 4>(a + r, depth, packed, columns, c + r, 0); break;
      case 6: multiply_rows<6, 4>(a + r, depth, packed, columns, c + r, 0); break;
      case 7: multiply_rows<7, 3>(a + r, depth, packed, columns, c + r, 0); break;
#endif
      default: multiply_rows<kTileRows, 3>(a + r, depth, packed, columns, c + r, 0); break;
    }
  }
}

/// The rows that a weight gradient sums over: at every step of every sequence, a row of `left` and one of `right`.
template <class T>
struct StepProducts {
  const T* left;
  int64_t left_step, left_sequence;  // strides
  const T* right;                    // rows have room for whole vectors
  int64_t right_step, right_sequence;
  int64_t batch;
  const int64_t* lengths;  // steps of each sequence
};

/// At most kChain rows of both sides, one after another over the steps of all sequences.
template <class T>
struct ChainRows {
  const T* left[kChain];
  const T* right[kChain];
  int64_t count;
};

/// body(rows, whether they are the first) for all steps of all sequences, kChain at a time.
template <class T, class Body>
void for_chains(const StepProducts<T>& products, Body&& body) {
  ChainRows<T> rows;
  rows.count = 0;
  bool first = true;
  for (int64_t b = 0; b < products.batch; ++b) {
    const T* left = products.left + b * products.left_sequence;
    const T* right = products.right + b * products.right_sequence;
    for (int64_t t = 0; t < products.lengths[b]; ++t, left += products.left_step, right += products.right_step) {
      rows.left[rows.count] = left;
      rows.right[rows.count++] = right;
      if (rows.count < kChain) continue;
      body(rows, first);
      first = false;
      rows.count = 0;
    }
  }
  if (first || rows.count > 0) body(rows, first);
}

/// out[r][0..columns) (+)= Σ left[i + r] · right[j..] over one chain, for kRows values of r and kVectors vectors.
template <int kRows, int kVectors, class T>
void outer_tile(const ChainRows<T>& steps, bool first, int64_t i, int64_t j, T* out, int64_t columns) {
  using V = Vector<T>;
  V sums[kRows][kVectors] = {};
  for (int64_t t = 0; t < steps.count; ++t) {
    const T *left = steps.left[t] + i, *right = steps.right[t] + j;
    V y[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) y[v] = load(right + v * kLanes<T>);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const V x = broadcast(left[r]);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[r][v] += x * y[v];
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const int64_t column = j + v * kLanes<T>, real = columns - column;
      T* place = out + (i + r) * columns + column;
      store_first<T>(place, first ? sums[r][v] : load_first(place, real) + sums[r][v], real);
    }
}

/// A tile for each kTileRows of the rows first..first+count, and smaller ones for those left over.
template <int kVectors, class T>
void outer_tiles(const ChainRows<T>& steps, bool first_chain, int64_t first, int64_t count, int64_t j, T* out,
                 int64_t columns) {
  int64_t i = first;
  for (; i + kTileRows <= first + count; i += kTileRows)
    outer_tile<kTileRows, kVectors>(steps, first_chain, i, j, out, columns);
  for (; i + 4 <= first + count; i += 4) outer_tile<4, kVectors>(steps, first_chain, i, j, out, columns);
  for (; i < first + count; ++i) outer_tile<1, kVectors>(steps, first_chain, i, j, out, columns);
}

/// out[i][·] = Σ left[i] · right[·] for the rows first..first+count of out [rows, columns]. What a chain has of three
/// vectors of columns, and of the rows that share a line, stays in the first cache. Each element is a sum over the
/// sequences and steps in order, so the split of the rows among threads changes nothing.
template <class T>
void sum_outer_products(const StepProducts<T>& products, int64_t first, int64_t count, T* out, int64_t columns) {
  const int64_t vectors = (columns + kLanes<T> - 1) / kLanes<T>;
  for_chains(products, [&](const ChainRows<T>& steps, bool first_chain) {
    for (int64_t v = 0; v < vectors; v += 3) {
      const int64_t j = v * kLanes<T>;
      switch (vectors - v) {
        case 1: outer_tiles<1>(steps, first_chain, first, count, j, out, columns); break;
        case 2: outer_tiles<2>(steps, first_chain, first, count, j, out, columns); break;
        default: outer_tiles<3>(steps, first_chain, first, count, j, out, columns);
      }
    }
  });
}

/// out[i] = Σ left[i], likewise.
template <class T>
void sum_left(const StepProducts<T>& products, int64_t first, int64_t count, T* out) {
  for (int64_t i = first; i < first + count; i += kLanes<T>) {
    const int64_t real = first + count - i;
    Vector<T> total = {};
    for (int64_t b = 0; b < products.batch; ++b) {
      const T* left = products.left + b * products.left_sequence + i;
      Vector<T> sum = {};  // of one sequence
      for (int64_t t = 0; t < products.lengths[b]; ++t, left += products.left_step) sum += load_first(left, real);
      total += sum;
    }
    store_first<T>(out + i, total, real);
  }
}

}  // namespace
}  // namespace mneme
