// Backward pass of the fused ACT network, by hand. With the mean state s̄ = Σ p_n s_n and the ponder cost ρ = N + R of a
// step, p_n = h_n before the last inner step and p_N = R = 1 - Σ h_n at it:
//
//     d s_n += p_n d s̄
//     d h_n  = d s̄ · (s_n - s_N) - d ρ     n < N; the last h changes nothing
//     d s_n += d h_n h_n (1 - h_n) w       w: the weight of the halting unit
#include <cstring>

#include "mneme/kernels/act/act_plan.h"
#include "mneme/kernels/simd/lstm_cell.h"
#include "mneme/kernels/simd/panel_gemm.h"

namespace mneme::CPU_CAPABILITY {
namespace {

/// A sequence on its way back.
template <class T>
struct Lane {
  int64_t sequence, step;
  int64_t record;  // the inner step that is next
  T last_value;    // d s̄ · s_N of this step
  T *d_mean_hidden, *d_mean_cell;  // d s̄ of this step
  T *d_hidden, *d_cell;            // of the state that the inner step ended with, from the one after it
  T* d_now;                        // the same, with everything that reaches it
};

template <class T>
T dot(int64_t n, const T* a, const T* b) {
  Vector<T> sums = {};
  for (int64_t j = 0; j < n; j += kLanes<T>) sums += load_first(a + j, n - j) * load_first(b + j, n - j);
  return sum_lanes(sums);
}

/// to += scale · from, of n numbers
template <class T>
void add_scaled(int64_t n, T scale, const T* from, T* to) {
  for (int64_t j = 0; j < n; j += kLanes<T>)
    store_first<T>(to + j, load_first(to + j, n - j) + scale * load_first(from + j, n - j), n - j);
}

template <class T>
void exchange(T*& a, T*& b) {  // std::swap is a function that the linker shares
  T* const kept = a;
  a = b;
  b = kept;
}

template <class T>
class Chunk {
 public:
  Chunk(const ActBackwardPlan<T>& plan, int64_t chunk, T* scratch)
      : plan_(plan), s_(plan.forward.sizes), chunk_(chunk), active_(s_.chunk_size(chunk)) {
    for (int64_t i = 0; i < active_; ++i) {
      Lane<T>& lane = lanes_[i];
      lane.sequence = plan.forward.order[chunk * kActChunk + i];
      lane.step = plan.forward.lengths[lane.sequence] - 1;
      for (T** part : {&lane.d_mean_hidden, &lane.d_mean_cell, &lane.d_hidden, &lane.d_cell, &lane.d_now}) {
        *part = scratch;
        scratch += s_.hidden_row();
      }
      std::memset(static_cast<void*>(lane.d_mean_hidden), 0, 5 * s_.hidden_row() * sizeof(T));
      if (plan.d_final_hidden) add_scaled(s_.hidden, T{1}, plan.d_final_hidden + lane.sequence * s_.hidden, lane.d_mean_hidden);
      if (plan.d_final_cell) add_scaled(s_.hidden, T{1}, plan.d_final_cell + lane.sequence * s_.hidden, lane.d_mean_cell);
      begin_step(lane);
    }
  }

  void run() {
    while (active_ > 0) go_back();
  }

 private:
  int64_t first_record() const { return chunk_ * s_.capacity; }
  T* row(T* base, int64_t record, int64_t size) const { return base + (first_record() + record) * size; }

  /// d s̄ · s
  T value_of(const Lane<T>& lane, int64_t record) const {
    const T value = dot(s_.hidden, lane.d_mean_hidden, row(plan_.forward.after, record, s_.hidden_row()));
    if (!s_.lstm) return value;
    return value + dot(s_.hidden, lane.d_mean_cell, row(plan_.forward.cells, record, s_.hidden_row()));
  }

  /// At the last inner step of a step, with the gradient of its mean state from the steps after it in d_mean.
  void begin_step(Lane<T>& lane) const {
    const int64_t at = lane.sequence * s_.time + lane.step;
    if (plan_.d_mean) add_scaled(s_.hidden, T{1}, plan_.d_mean + at * s_.hidden, lane.d_mean_hidden);
    lane.record = plan_.forward.last_records[at];
    lane.last_value = value_of(lane, lane.record);
    std::memset(static_cast<void*>(lane.d_hidden), 0, s_.hidden_row() * sizeof(T));
    std::memset(static_cast<void*>(lane.d_cell), 0, s_.hidden_row() * sizeof(T));
  }

  /// One inner step of every sequence.
  void go_back() {
    const T* d_gates[kActChunk];
    T* d_before[kActChunk];
    for (int64_t i = 0; i < active_; ++i) {
      Lane<T>& lane = lanes_[i];
      T* const d = row(plan_.d_gates, lane.record, s_.gates_row());
      through_halting(lane);
      through_cell(lane, d);
      d_gates[i] = d;
      d_before[i] = lane.d_hidden;
      std::memset(static_cast<void*>(lane.d_hidden), 0, s_.hidden_row() * sizeof(T));
    }
    multiply_accumulate(active_, d_gates, s_.gates(), plan_.recurrent, s_.hidden, d_before);
    int64_t going_on = 0;
    for (int64_t i = 0; i < active_; ++i) {
      Lane<T> lane = lanes_[i];
      if (leave(lane, d_gates[i])) lanes_[going_on++] = lane;
    }
    active_ = going_on;
  }

  void through_halting(Lane<T>& lane) const {
    const int64_t at = lane.sequence * s_.time + lane.step, place = first_record() + lane.record;
    const T weight = plan_.forward.weights[place];  // p_n
    for (int64_t j = 0; j < s_.hidden; j += kLanes<T>) {
      store<T>(lane.d_now + j, load(lane.d_hidden + j) + weight * load(lane.d_mean_hidden + j));
      if (s_.lstm) store<T>(lane.d_cell + j, load(lane.d_cell + j) + weight * load(lane.d_mean_cell + j));
    }
    if (lane.record == plan_.forward.last_records[at]) return;
    const T halting = plan_.forward.halting[place];  // h_n
    const T d_halting = value_of(lane, lane.record) - lane.last_value - (plan_.d_ponder ? plan_.d_ponder[at] : T{0});
    const T d_logit = d_halting * halting * (1 - halting);
    add_scaled(s_.hidden, d_logit, plan_.forward.halting_weight, lane.d_now);
    add_scaled(s_.hidden, d_logit, row(plan_.forward.after, lane.record, s_.hidden_row()),
               plan_.d_halting_weight + chunk_ * s_.hidden_row());
    plan_.d_halting_bias[chunk_] += d_logit;
  }

  void through_cell(Lane<T>& lane, T* d_gates) const {
    const int64_t previous = plan_.forward.previous[first_record() + lane.record];
    if (!s_.lstm) {
      const T* after = row(plan_.forward.after, lane.record, s_.hidden_row());
      for (int64_t j = 0; j < s_.hidden; j += kLanes<T>) {
        const auto h = load(after + j);
        store_first<T>(d_gates + j, load(lane.d_now + j) * (1 - h * h), s_.hidden - j);
      }
      return;
    }
    const T* cell_before = previous >= 0 ? row(plan_.forward.cells, previous, s_.hidden_row())
                           : lane.step > 0
                               ? plan_.forward.mean_cell + (lane.sequence * s_.time + lane.step - 1) * s_.hidden_row()
                               : plan_.forward.cell + lane.sequence * s_.hidden_row();
    lstm_cell_backward(s_.hidden, row(plan_.forward.gates, lane.record, s_.gates_row()), cell_before,
                       row(plan_.forward.cells, lane.record, s_.hidden_row()), lane.d_now, lane.d_cell, d_gates);
  }

  /// Whether there is an inner step before this one, of the same step or of the one before.
  bool leave(Lane<T>& lane, const T* d_gates) const {
    const int64_t at = lane.sequence * s_.time + lane.step;
    add_scaled(s_.gates(), T{1}, d_gates, plan_.d_input_gates + at * s_.gates());
    const int64_t previous = plan_.forward.previous[first_record() + lane.record];
    if (previous >= 0) {
      lane.record = previous;
      return true;
    }
    add_scaled(s_.gates(), T{1}, d_gates, plan_.d_flag + chunk_ * s_.gates_row());
    if (lane.step == 0) {
      std::memcpy(plan_.d_hidden + lane.sequence * s_.hidden, lane.d_hidden, s_.hidden * sizeof(T));
      if (s_.lstm) std::memcpy(plan_.d_cell + lane.sequence * s_.hidden, lane.d_cell, s_.hidden * sizeof(T));
      return false;
    }
    --lane.step;
    exchange(lane.d_hidden, lane.d_mean_hidden);
    exchange(lane.d_cell, lane.d_mean_cell);
    begin_step(lane);
    return true;
  }

  const ActBackwardPlan<T>& plan_;
  const ActSizes& s_;
  int64_t chunk_, active_;
  Lane<T> lanes_[kActChunk];
};

}  // namespace

template <class T>
int64_t act_backward_scratch(const ActSizes& sizes) {
  return kActChunk * 5 * sizes.hidden_row();
}

template <class T>
void act_backward(const ActBackwardPlan<T>& plan, int64_t chunk, T* scratch) {
  Chunk<T>(plan, chunk, scratch).run();
}

template <class T>
void act_weight_gradient(const ActBackwardPlan<T>& plan, int64_t first, int64_t count) {
  const ActSizes& s = plan.forward.sizes;
  const StepProducts<T> products{plan.d_gates,        s.gates_row(),
                                 s.capacity * s.gates_row(), plan.forward.before,
                                 s.hidden_row(),      s.capacity * s.hidden_row(),
                                 s.chunks(),          plan.forward.records};
  sum_outer_products(products, first, count, plan.d_recurrent, s.hidden);
}

#define MNEME_INSTANTIATE(T)                                                  \
  template int64_t act_backward_scratch<T>(const ActSizes&);                  \
  template void act_backward(const ActBackwardPlan<T>&, int64_t, T*);         \
  template void act_weight_gradient(const ActBackwardPlan<T>&, int64_t, int64_t);
MNEME_INSTANTIATE(float)
MNEME_INSTANTIATE(double)

}  // namespace mneme::CPU_CAPABILITY
