// Backward pass of the fused LSTM with a Gaussian window, derived by hand from the equations of the forward pass;
// d_x stands for the derivative of the loss with respect to x.
#include <cstring>

#include "mneme/kernels/lstm_window/lstm_window_plan.h"
#include "mneme/kernels/simd/lstm_cell.h"
#include "mneme/kernels/simd/block_gemm.h"

namespace mneme::CPU_CAPABILITY {
namespace {

template <class T>
void add_row(T* to, const T* from, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] += from[i];
}

/// From d w to d raw: φ(u) = Σ_k a_k exp(-b_k (κ_k - u)²), where d φ(u) is d w of the character at u. `d_positions`
/// is d κ of the step after on entry and of the step before on exit, the same number.
template <class T>
void window_backward(const LstmWindowSizes& s, const T* shaping, const int64_t* context, int64_t characters,
                     const T* d_window, T* d_strengths, T* d_positions, T* d_raw) {
  using V = Vector<T>;
  const T *a = shaping, *b = a + s.gaussians, *advances = b + s.gaussians, *positions = advances + s.gaussians;
  for (int64_t u = 0; u < characters; ++u) d_strengths[u] = d_window[context[u]];
  for (int64_t u = characters; u < padded(characters); ++u) d_strengths[u] = 0;
  V places;
  for (int lane = 0; lane < kLanes<T>; ++lane) places[lane] = static_cast<T>(lane + 1);
  for (int64_t k = 0; k < s.gaussians; ++k) {
    V d_a = {}, d_b = {}, d_position = {};  // the last two of -b and -κ but for factors
    for (int64_t u = 0; u < characters; u += kLanes<T>) {
      const V distance = positions[k] - (places + static_cast<T>(u));
      const V d = load(d_strengths + u) * exponential(-b[k] * distance * distance);
      d_a += d;
      d_position += d * distance;
      d_b += d * distance * distance;
    }
    d_positions[k] -= 2 * a[k] * b[k] * sum_lanes(d_position);
    d_raw[k] = a[k] * sum_lanes(d_a);
    d_raw[s.gaussians + k] = -a[k] * b[k] * sum_lanes(d_b);
    d_raw[2 * s.gaussians + k] = advances[k] * d_positions[k];
  }
}

template <class T>
void clip_row(T* row, int64_t count, T limit) {
  for (int64_t i = 0; i < count; ++i) row[i] = row[i] > limit ? limit : row[i] < -limit ? -limit : row[i];
}

}  // namespace

template <class T>
void lstm_window_backward(const LstmWindowBackward<T>& plan, int64_t first, int64_t count, T* scratch) {
  const LstmWindowForward<T>& forward = plan.forward;
  const LstmWindowSizes& s = forward.sizes;
  T* d_states = scratch;                                      // [group, state_row] d h and d w, from the step after
  T* d_cells = d_states + kLstmGroup * s.state_row();         // [group, hidden_row]
  T* d_positions = d_cells + kLstmGroup * s.hidden_row();     // [group, padded gaussians]
  T* d_strengths = d_positions + kLstmGroup * padded(s.gaussians);
  std::memset(static_cast<void*>(scratch), 0, (d_strengths - scratch) * sizeof(T));
  T *d_state[kLstmGroup], *d_gates[kLstmGroup], *d_raw[kLstmGroup];
  for (int64_t t = s.time; t-- > 0;) {
    int64_t live = 0;
    while (live < count && forward.lengths[forward.order[first + live]] > t) ++live;
    const auto row = [&](int64_t r) { return t * s.batch + forward.order[first + r]; };
    for (int64_t r = 0; r < live; ++r) {
      d_state[r] = d_states + r * s.state_row();
      d_gates[r] = plan.d_gates + row(r) * s.gates_row();
      if (plan.d_hidden) add_row(d_state[r], plan.d_hidden + row(r) * s.hidden, s.hidden);
      if (plan.d_window) add_row(d_state[r] + s.hidden, plan.d_window + row(r) * s.tokens, s.tokens);
      if (s.tokens == 0) continue;
      const int64_t b = forward.order[first + r];
      d_raw[r] = plan.d_raw + row(r) * s.raw_row();
      window_backward(s, forward.shaping + (row(r) + s.batch) * s.shaping_row(), forward.context + b * s.characters,
                      forward.context_lengths[b], d_state[r] + s.hidden, d_strengths,
                      d_positions + r * padded(s.gaussians), d_raw[r]);
      // What the window showed is spent; the product below writes whole vectors past the hidden state.
      std::memset(static_cast<void*>(d_state[r] + s.hidden), 0, s.tokens * sizeof(T));
    }
    if (s.tokens > 0)
      multiply_accumulate_blocks<T>(live, d_raw, s.raw(), plan.window_weight, s.hidden, d_state);
    for (int64_t r = 0; r < live; ++r) {
      T* d_cell = d_cells + r * s.hidden_row();
      lstm_cell_backward(s.hidden, forward.gates + row(r) * s.gates_row(), forward.cells + row(r) * s.hidden_row(),
                         forward.cells + (row(r) + s.batch) * s.hidden_row(), d_state[r], d_cell, d_gates[r]);
      if (plan.clip > 0) clip_row(d_gates[r], s.gates(), plan.clip);
      std::memset(static_cast<void*>(d_state[r]), 0, s.state_row() * sizeof(T));
    }
    if (t > 0) multiply_accumulate_blocks<T>(live, d_gates, s.gates(), plan.recurrent, s.recurrent(), d_state);
  }
}

template void lstm_window_backward(const LstmWindowBackward<float>&, int64_t, int64_t, float*);
template void lstm_window_backward(const LstmWindowBackward<double>&, int64_t, int64_t, double*);

}  // namespace mneme::CPU_CAPABILITY
