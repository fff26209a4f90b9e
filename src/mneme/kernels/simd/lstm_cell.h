// The LSTM cell of a controller of n units, for kernel files only. The gates lie one after another: input,
// forget, cell, output; their row has room for a vector more.
#pragma once

#include "mneme/kernels/simd/slot_memory.h"

namespace mneme {
namespace {

/// i, f, g, o → c, h (Hochreiter and Schmidhuber 1997, with forget gate).
template <class T>
void lstm_cell(int64_t n, T* gates, const T* previous_cell, T* cell, T* hidden) {
  for (int64_t j = 0; j < n; j += kLanes<T>) {
    const int64_t real = n - j;
    const auto i = sigmoid(load(gates + j));
    const auto f = sigmoid(load(gates + n + j));
    const auto g = hyperbolic_tangent(load(gates + 2 * n + j));
    const auto o = sigmoid(load(gates + 3 * n + j));
    const Vector<T> c = f * load(previous_cell + j) + i * g;
    store_first<T>(gates + j, i, real);
    store_first<T>(gates + n + j, f, real);
    store_first<T>(gates + 2 * n + j, g, real);
    store_first<T>(gates + 3 * n + j, o, real);
    store(cell + j, c);
    store_first<T>(hidden + j, o * hyperbolic_tangent(c), real);
  }
}

/// d h, d c → d gates; leaves d c of the step before.
template <class T>
void lstm_cell_backward(int64_t n, const T* gates, const T* previous_cell, const T* cell, const T* d_hidden,
                        T* d_cell, T* d_gates) {
  using V = Vector<T>;
  for (int64_t j = 0; j < n; j += kLanes<T>) {
    const int64_t real = n - j;
    const V i = load(gates + j), f = load(gates + n + j), g = load(gates + 2 * n + j), o = load(gates + 3 * n + j);
    const V tanh_c = hyperbolic_tangent(load(cell + j)), d_h = load(d_hidden + j);
    const V d_c = load(d_cell + j) + d_h * o * (1 - tanh_c * tanh_c);
    store_first<T>(d_gates + j, d_c * g * i * (1 - i), real);
    store_first<T>(d_gates + n + j, d_c * load(previous_cell + j) * f * (1 - f), real);
    store_first<T>(d_gates + 2 * n + j, d_c * i * (1 - g * g), real);
    store_first<T>(d_gates + 3 * n + j, d_h * tanh_c * o * (1 - o), real);
    store_first<T>(d_cell + j, d_c * f, real);
  }
}

}  // namespace
}  // namespace mneme
