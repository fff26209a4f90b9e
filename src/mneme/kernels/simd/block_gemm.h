// Products of many rows with a weight that does not fit into the first caches, for kernel files only.
#pragma once

#include "mneme/kernels/simd/panel_gemm.h"

namespace mneme {
namespace {

/// multiply_accumulate for many rows and a large `packed`: all rows meet one block of columns before the next, so
/// that the whole of it comes from memory once. The bits are those of multiply_accumulate.
template <class T>
void multiply_accumulate_blocks(int64_t rows, const T* const* a, int64_t depth, const T* packed, int64_t columns,
                                T* const* c) {
  if (rows <= kTileRows) return multiply_accumulate(rows, a, depth, packed, columns, c);
  constexpr int64_t kBlock = 3 * kLanes<T>;  // columns of the tile of kTileRows rows
  for (int64_t column = 0; column < columns; column += kBlock) {
    const int64_t real = columns - column < kBlock ? columns - column : kBlock;
    T* to[kTileRows];
    for (int64_t r = 0; r < rows; r += kTileRows) {
      const int64_t tile = rows - r < kTileRows ? rows - r : kTileRows;
      for (int64_t i = 0; i < tile; ++i) to[i] = c[r + i] + column;
      multiply_accumulate(tile, a + r, depth, packed + column * depth, real, to);
    }
  }
}

}  // namespace
}  // namespace mneme
