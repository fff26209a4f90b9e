// Forward pass of the fused ACT network. The equations are those of models/act_rnn.h and mechanisms/halting.h.
#include <cstring>

#include "mneme/kernels/act/act_plan.h"
#include "mneme/kernels/simd/lstm_cell.h"
#include "mneme/kernels/simd/panel_gemm.h"

namespace mneme::CPU_CAPABILITY {
namespace {

/// A sequence on its way: which step it is at, and how far its thinking has come there.
template <class T>
struct Lane {
  int64_t sequence, step;
  int64_t inner;     // inner steps taken at this step
  T spent;           // Σ h of them
  int64_t previous;  // record of the last of them, or -1
};

template <class T>
class Chunk {
 public:
  Chunk(const ActForwardPlan<T>& plan, int64_t chunk)
      : plan_(plan), s_(plan.sizes), first_record_(chunk * s_.capacity), active_(s_.chunk_size(chunk)) {
    for (int64_t i = 0; i < active_; ++i) lanes_[i] = {plan.order[chunk * kActChunk + i], 0, 0, T{0}, -1};
  }

  bool run() {
    while (active_ > 0) {
      if (used_ + active_ > s_.capacity) return false;
      think();
    }
    return true;
  }

  int64_t records() const { return used_; }

 private:
  T* row(T* base, int64_t record, int64_t size) const { return base + (first_record_ + record) * size; }
  T* mean_at(T* base, const Lane<T>& lane) const {
    return base + (lane.sequence * s_.time + lane.step) * s_.hidden_row();
  }

  /// The state that a lane's next inner step begins with: that of its last one or, at its first, the mean of the step
  /// before. `given` is that before all steps.
  const T* state_before(const Lane<T>& lane, T* records, T* means, const T* given) const {
    if (lane.previous >= 0) return row(records, lane.previous, s_.hidden_row());
    if (lane.step > 0) return mean_at(means, lane) - s_.hidden_row();
    return given + lane.sequence * s_.hidden_row();
  }

  /// One inner step of everybody who still thinks.
  void think() {
    const T* before[kActChunk];
    T* gates[kActChunk];
    for (int64_t i = 0; i < active_; ++i) {
      const Lane<T>& lane = lanes_[i];
      T* copy = row(plan_.before, used_ + i, s_.hidden_row());
      std::memcpy(copy, state_before(lane, plan_.after, plan_.mean_hidden, plan_.hidden), s_.hidden * sizeof(T));
      before[i] = copy;
      gates[i] = row(plan_.gates, used_ + i, s_.gates_row());
      see(plan_.input_gates + (lane.sequence * s_.time + lane.step) * s_.gates(), lane.inner == 0, gates[i]);
    }
    multiply_accumulate(active_, before, s_.hidden, plan_.recurrent, s_.gates(), gates);
    int64_t going_on = 0;
    for (int64_t i = 0; i < active_; ++i) {
      Lane<T> lane = lanes_[i];
      const int64_t record = used_ + i;
      step_cell(lane, record, gates[i]);
      if (halt(lane, record)) lanes_[going_on++] = lane;
    }
    used_ += active_;
    active_ = going_on;
  }

  /// What the input says to the gates, and the flag at the first inner step.
  void see(const T* input, bool flagged, T* gates) const {
    for (int64_t j = 0; j < s_.gates(); j += kLanes<T>) {
      const auto seen = load_first(input + j, s_.gates() - j);
      store<T>(gates + j, flagged ? seen + load(plan_.flag + j) : seen);
    }
  }

  void step_cell(const Lane<T>& lane, int64_t record, T* gates) const {
    if (s_.lstm) {
      const T* cell_before = state_before(lane, plan_.cells, plan_.mean_cell, plan_.cell);
      lstm_cell(s_.hidden, gates, cell_before, row(plan_.cells, record, s_.hidden_row()),
                row(plan_.after, record, s_.hidden_row()));
    } else {
      for (int64_t j = 0; j < s_.hidden; j += kLanes<T>) store<T>(gates + j, hyperbolic_tangent(load(gates + j)));
    }
  }

  /// mean += p · state, over a row with room for whole vectors
  void add_to_mean(T* mean, T weight, const T* state, bool first) const {
    for (int64_t j = 0; j < s_.hidden; j += kLanes<T>) {
      const auto part = weight * load_first(state + j, s_.hidden - j);
      store<T>(mean + j, first ? part : load(mean + j) + part);
    }
  }

  /// Whether the lane goes on after this inner step: here or at its sequence's next step.
  bool halt(Lane<T>& lane, int64_t record) const {
    const T* hidden = row(plan_.after, record, s_.hidden_row());
    Vector<T> sums = {};
    for (int64_t j = 0; j < s_.hidden; j += kLanes<T>)
      sums += load(plan_.halting_weight + j) * load_first(hidden + j, s_.hidden - j);
    const T halting = scalar_sigmoid(sum_lanes(sums) + *plan_.halting_bias);  // h_n
    const bool first = lane.inner == 0;
    ++lane.inner;
    const T total = lane.spent + halting;
    const bool stops = total >= 1 - plan_.epsilon || lane.inner == s_.max_steps;
    const T weight = stops ? 1 - lane.spent : halting;  // p_n
    add_to_mean(mean_at(plan_.mean_hidden, lane), weight, hidden, first);
    if (s_.lstm)
      add_to_mean(mean_at(plan_.mean_cell, lane), weight, row(plan_.cells, record, s_.hidden_row()), first);
    plan_.halting[first_record_ + record] = halting;
    plan_.weights[first_record_ + record] = weight;
    plan_.previous[first_record_ + record] = lane.previous;
    if (!stops) {
      lane.spent = total;
      lane.previous = record;
      return true;
    }
    const int64_t at = lane.sequence * s_.time + lane.step;
    plan_.remainders[at] = weight;
    plan_.steps[at] = lane.inner;
    plan_.last_records[at] = record;
    lane = {lane.sequence, lane.step + 1, 0, T{0}, -1};
    return lane.step < plan_.lengths[lane.sequence];
  }

  const ActForwardPlan<T>& plan_;
  const ActSizes& s_;
  int64_t first_record_, used_ = 0, active_;
  Lane<T> lanes_[kActChunk];
};

}  // namespace

template <class T>
bool act_forward(const ActForwardPlan<T>& plan, int64_t chunk) {
  Chunk<T> sequences(plan, chunk);
  if (!sequences.run()) return false;
  plan.records[chunk] = sequences.records();
  return true;
}

template bool act_forward(const ActForwardPlan<float>&, int64_t);
template bool act_forward(const ActForwardPlan<double>&, int64_t);

}  // namespace mneme::CPU_CAPABILITY
