// Forward pass of the fused LSTM with a Gaussian window.
#include <cstring>

#include "mneme/kernels/lstm_window/lstm_window_plan.h"
#include "mneme/kernels/simd/lstm_cell.h"
#include "mneme/kernels/simd/block_gemm.h"

namespace mneme::CPU_CAPABILITY {
namespace {

/// φ(u) = Σ_k a_k exp(-b_k (κ_k - u)²), and its sum over equal characters, w.
template <class T>
void show_window(const LstmWindowSizes& s, const T* shaping, const int64_t* context, int64_t characters, T* strengths,
                 T* window) {
  using V = Vector<T>;
  const T *a = shaping, *b = a + s.gaussians, *positions = b + 2 * s.gaussians;
  V places;
  for (int lane = 0; lane < kLanes<T>; ++lane) places[lane] = static_cast<T>(lane + 1);
  for (int64_t u = 0; u < characters; u += kLanes<T>) {
    V sum = {};
    for (int64_t k = 0; k < s.gaussians; ++k) {
      const V distance = positions[k] - (places + static_cast<T>(u));
      sum += a[k] * exponential(-b[k] * distance * distance);
    }
    store<T>(strengths + u, sum);
  }
  std::memset(static_cast<void*>(window), 0, s.tokens * sizeof(T));
  for (int64_t u = 0; u < characters; ++u) window[context[u]] += strengths[u];
}

}  // namespace

template <class T>
void lstm_window_forward(const LstmWindowForward<T>& plan, int64_t first, int64_t count, T* scratch) {
  const LstmWindowSizes& s = plan.sizes;
  T* raw = scratch;  // [group, raw_row]
  T* strengths = raw + kLstmGroup * s.raw_row();
  const T* states[kLstmGroup];
  T *gates[kLstmGroup], *raws[kLstmGroup];
  for (int64_t t = 0; t < s.time; ++t) {
    int64_t live = 0;  // the longest come first
    while (live < count && plan.lengths[plan.order[first + live]] > t) ++live;
    if (live == 0) break;
    const auto row = [&](int64_t r) { return t * s.batch + plan.order[first + r]; };
    for (int64_t r = 0; r < live; ++r) {
      states[r] = plan.states + row(r) * s.state_row();
      gates[r] = plan.gates + row(r) * s.gates_row();
    }
    if (t > 0) multiply_accumulate_blocks(live, states, s.recurrent(), plan.recurrent, s.gates(), gates);
    for (int64_t r = 0; r < live; ++r) {
      const int64_t before = row(r), now = before + s.batch;
      lstm_cell(s.hidden, gates[r], plan.cells + before * s.hidden_row(), plan.cells + now * s.hidden_row(),
                plan.states + now * s.state_row());
      states[r] = plan.states + now * s.state_row();
    }
    if (s.tokens == 0) continue;
    for (int64_t r = 0; r < live; ++r) {
      raws[r] = raw + r * s.raw_row();
      std::memcpy(raws[r], plan.window_bias, s.raw() * sizeof(T));
    }
    multiply_accumulate_blocks(live, states, s.hidden, plan.window_weight, s.raw(), raws);
    for (int64_t r = 0; r < live; ++r) {
      const int64_t b = plan.order[first + r];
      const T* before = plan.shaping + row(r) * s.shaping_row() + s.raw();
      T* shaping = plan.shaping + (row(r) + s.batch) * s.shaping_row();
      for (int64_t i = 0; i < s.raw(); i += kLanes<T>)
        store_first<T>(shaping + i, exponential(load(raws[r] + i)), s.raw() - i);
      for (int64_t k = 0; k < s.gaussians; ++k) shaping[s.raw() + k] = before[k] + shaping[2 * s.gaussians + k];
      show_window(s, shaping, plan.context + b * s.characters, plan.context_lengths[b], strengths,
                  plan.states + (row(r) + s.batch) * s.state_row() + s.hidden);
    }
  }
}

template void lstm_window_forward(const LstmWindowForward<float>&, int64_t, int64_t, float*);
template void lstm_window_forward(const LstmWindowForward<double>&, int64_t, int64_t, double*);

}  // namespace mneme::CPU_CAPABILITY
