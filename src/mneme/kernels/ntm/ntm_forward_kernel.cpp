// Forward pass of the fused NTM. The equations are those of models/ntm.h, in the same order.
#include <cstring>

#include "mneme/kernels/ntm/ntm_memory.h"
#include "mneme/kernels/simd/lstm_cell.h"
#include "mneme/kernels/simd/panel_gemm.h"
#include "mneme/kernels/simd/slot_access.h"

namespace mneme::CPU_CAPABILITY {
namespace {

/// Everything of one sequence at one step.
template <class T>
struct StepRow {
  T* interface;
  const T* previous_weights;
  T *weights, *cosines, *content;
  const T* inverse_norms;
  T* next_inverse_norms;
  const T* memory;
  T* next_memory;
  T* reads;
};

template <class T>
void activate_interface(const NtmSizes& sizes, T* interface) {
  for (int64_t h = 0; h < sizes.heads(); ++h) {
    T& strength = interface[sizes.strengths() + h];
    T& gate = interface[sizes.interpolations() + h];
    T& sharpening = interface[sizes.sharpenings() + h];
    strength = scalar_softplus(strength);        // β
    gate = scalar_sigmoid(gate);                 // g
    sharpening = 1 + scalar_softplus(sharpening);  // γ
    T* shift = interface + sizes.shift_kernels() + h * sizes.shifts();  // s
    T largest = shift[0], total = 0;
    for (int64_t d = 1; d < sizes.shifts(); ++d) largest = shift[d] > largest ? shift[d] : largest;
    for (int64_t d = 0; d < sizes.shifts(); ++d) total += shift[d] = scalar_exp(shift[d] - largest);
    for (int64_t d = 0; d < sizes.shifts(); ++d) shift[d] /= total;
  }
  T* erase = interface + sizes.erases();  // e
  const int64_t count = sizes.write_heads * sizes.width;
  for (int64_t j = 0; j < count; j += kLanes<T>) store_first<T>(erase + j, sigmoid(load(erase + j)), count - j);
}

/// w of one head from its parameters, k·M_i in `cosines`, and its own w_{t-1}.
template <class T>
void address(const NtmSizes& sizes, const StepRow<T>& step, int64_t h, T* ring) {
  const int64_t at = h * sizes.slots_row();
  const T* parameters = step.interface;
  T *cosines = step.cosines + at, *content = step.content + at, *weights = step.weights + at;
  // w_c = softmax(β k·M_i / (|k| |M_i|))
  const T inverse_key = inverse_norm(parameters + sizes.keys() + h * sizes.width, sizes.width);
  const T strength = parameters[sizes.strengths() + h];
  for (int64_t i = 0; i < sizes.slots_row(); i += kLanes<T>) {
    const Vector<T> cosine = load(cosines + i) * inverse_key * load(step.inverse_norms + i);
    store<T>(cosines + i, cosine);
    store<T>(content + i, strength * cosine);
  }
  softmax_slots(sizes, content);
  gate_weights(sizes, parameters[sizes.interpolations() + h], content, step.previous_weights + at, ring);
  shift_weights(sizes, parameters + sizes.shift_kernels() + h * sizes.shifts(), ring, weights);
  const auto sharpening = broadcast(parameters[sizes.sharpenings() + h]);
  const auto smallest = broadcast(T(kSmallestWeight));
  for (int64_t i = 0; i < sizes.slots_row(); i += kLanes<T>)
    store<T>(weights + i, sharpening * logarithm(maximum<T>(load(weights + i), smallest)));
  softmax_slots(sizes, weights);
}

/// r = Σ_i w[i] M[i]
template <class T>
void read_memory(const NtmSizes& sizes, const T* weights, const T* memory, T* partial, T* read) {
  for_each_panel<T>(sizes, [&](auto vectors, int64_t slot, int64_t offset) {
    constexpr int kVectors = decltype(vectors)::value;
    Vector<T> weight[kVectors];
    for (int v = 0; v < kVectors; ++v) weight[v] = load(weights + slot + v * kLanes<T>);
    for (int64_t w = 0; w < sizes.width; ++w) {
      Vector<T> sum = {};
      for (int v = 0; v < kVectors; ++v) sum += weight[v] * load(memory + offset + (w * kVectors + v) * kLanes<T>);
      accumulate_partial<T>(partial, w, slot, sum);
    }
  });
  sum_vectors(partial, sizes.width, read);
}

template <class T>
void memory_step(const NtmSizes& sizes, const StepRow<T>& step, T* ring, T* partial) {
  activate_interface(sizes, step.interface);
  match_slots<false>(sizes, sizes.heads(), step.interface + sizes.keys(), sizes.width, step.memory, 0,
                     sizes.slots_row(), step.cosines);
  for (int64_t h = 0; h < sizes.heads(); ++h) address(sizes, step, h, ring);
  for (int64_t h = 0; h < sizes.read_heads; ++h)
    read_memory(sizes, step.weights + h * sizes.slots_row(), step.memory, partial, step.reads + h * sizes.width);
  write_memory(sizes, step.memory, step.next_memory, step.interface,
               step.weights + sizes.read_heads * sizes.slots_row(), step.next_inverse_norms);
}

/// out[t] = bias + rows[t] · weight for all steps of one sequence.
template <class T>
void project_steps(int64_t steps, const T* rows, int64_t row, int64_t depth, const T* packed, const T* bias,
                   int64_t columns, T* out, int64_t out_row) {
  for (int64_t t = 0; t < steps; t += kTileRows) {
    const int64_t count = steps - t < kTileRows ? steps - t : kTileRows;
    const T* from[kTileRows];
    T* to[kTileRows];
    for (int64_t r = 0; r < count; ++r) {
      from[r] = rows + (t + r) * row;
      to[r] = out + (t + r) * out_row;
      std::memcpy(to[r], bias, columns * sizeof(T));
    }
    multiply_accumulate(count, from, depth, packed, columns, to);
  }
}

template <class T>
void start_sequence(const NtmForwardPlan<T>& plan, int64_t b, T* memory) {
  const NtmSizes& s = plan.sizes;
  const int64_t given = s.state_of(b);
  project_steps(plan.lengths[b], plan.inputs + b * s.time * s.inputs_row(), s.inputs_row(), s.inputs,
                plan.input_weight, plan.input_bias, s.gates(), plan.gates + b * s.time * s.gates_row(), s.gates_row());
  T* state = plan.states + b * (s.time + 1) * s.features_row();
  T* cell = plan.cells + b * (s.time + 1) * s.hidden_row();
  T* weights = plan.all_weights + b * (s.time + 1) * s.weights_row();
  T* inverse_norms = plan.inverse_norms + b * (s.time + 1) * s.slots_row();
  if (s.lstm) {
    std::memcpy(state, plan.hidden + given * s.hidden, s.hidden * sizeof(T));
    std::memcpy(cell, plan.cell + given * s.hidden, s.hidden * sizeof(T));
    std::memset(static_cast<void*>(cell + s.hidden), 0, (s.hidden_row() - s.hidden) * sizeof(T));
  } else {
    std::memset(static_cast<void*>(state), 0, s.hidden * sizeof(T));
  }
  std::memcpy(state + s.hidden, plan.reads + given * s.reads(), s.reads() * sizeof(T));
  for (int64_t h = 0; h < s.heads(); ++h) {
    T* row = weights + h * s.slots_row();
    std::memcpy(row, plan.weights + (given * s.heads() + h) * s.slots, s.slots * sizeof(T));
    std::memset(static_cast<void*>(row + s.slots), 0, (s.slots_row() - s.slots) * sizeof(T));
  }
  load_memory(s, plan.memory + given * s.slots * s.width, memory);
  for_each_panel<T>(s, [&](auto vectors, int64_t slot, int64_t offset) {
    constexpr int kVectors = decltype(vectors)::value;
    for (int v = 0; v < kVectors; ++v) {
      Vector<T> norm = {};
      for (int64_t w = 0; w < s.width; ++w) {
        const auto m = load(memory + offset + (w * kVectors + v) * kLanes<T>);
        norm += m * m;
      }
      store<T>(inverse_norms + slot + v * kLanes<T>, 1 / square_root(norm + T(kNormEpsilon)));
    }
  });
}

template <class T>
void finish_sequence(const NtmForwardPlan<T>& plan, int64_t b, const T* memory) {
  const NtmSizes& s = plan.sizes;
  if (plan.final_memory) store_memory(s, memory, plan.final_memory + b * s.slots * s.width);
  project_steps(plan.lengths[b], plan.states + (b * (s.time + 1) + 1) * s.features_row(), s.features_row(),
                s.features(), plan.output_weight, plan.output_bias, s.outputs,
                plan.logits + b * s.time * s.outputs_row(), s.outputs_row());
}

}  // namespace

template <class T>
int64_t ntm_forward_scratch(const NtmSizes& sizes) {
  return kNtmGroup * sizes.memory_row() + ring_size(sizes) + sizes.width * kPad;
}

template <class T>
void ntm_forward(const NtmForwardPlan<T>& plan, int64_t first, int64_t count, T* scratch) {
  const NtmSizes& s = plan.sizes;
  T* memories = scratch;  // [count, memory_row]
  T* ring = memories + kNtmGroup * s.memory_row();
  T* partial = ring + ring_size(s);
  const int64_t* order = plan.order + first;
  // The memory before step t: in its checkpoint, where there is one, and after the last step in the scratch.
  const auto memory_at = [&](int64_t r, int64_t t) {
    T* const kept = t < plan.lengths[order[r]] ? plan.checkpoint(order[r], t) : nullptr;
    return kept ? kept : memories + r * s.memory_row();
  };
  for (int64_t r = 0; r < count; ++r) start_sequence(plan, order[r], memory_at(r, 0));

  int64_t active = count;  // a prefix, since the longest come first
  for (int64_t t = 0;; ++t) {
    while (active > 0 && plan.lengths[order[active - 1]] <= t) {
      --active;
      finish_sequence(plan, order[active], memories + active * s.memory_row());
    }
    if (active == 0) return;

    const T* before[kNtmGroup];  // the part of the state that the controller reads
    const T* hidden[kNtmGroup];
    T *gates[kNtmGroup], *state[kNtmGroup], *interface[kNtmGroup];
    for (int64_t r = 0; r < active; ++r) {
      const int64_t b = order[r], row = b * s.time + t, state_row = b * (s.time + 1) + t;
      before[r] = plan.states + state_row * s.features_row() + (s.lstm ? 0 : s.hidden);
      hidden[r] = state[r] = plan.states + (state_row + 1) * s.features_row();
      gates[r] = plan.gates + row * s.gates_row();
      interface[r] = plan.interface + row * s.interface_row();
      std::memcpy(interface[r], plan.interface_bias, s.interface() * sizeof(T));
    }

    multiply_accumulate(active, before, s.recurrent(), plan.recurrent, s.gates(), gates);
    for (int64_t r = 0; r < active; ++r) {
      const int64_t cell_row = (order[r] * (s.time + 1) + t) * s.hidden_row();
      if (s.lstm)
        lstm_cell(s.hidden, gates[r], plan.cells + cell_row, plan.cells + cell_row + s.hidden_row(), state[r]);
      else
        for (int64_t j = 0; j < s.hidden; j += kLanes<T>)
          store_first<T>(state[r] + j, hyperbolic_tangent(load(gates[r] + j)), s.hidden - j);
    }
    multiply_accumulate(active, hidden, s.hidden, plan.interface_weight, s.interface(), interface);

    for (int64_t r = 0; r < active; ++r) {
      const int64_t b = order[r], row = b * s.time + t, state_row = b * (s.time + 1) + t;
      if (t + 1 < plan.lengths[b]) {
        fetch_step(plan, b, t + 1);
        fetch_early(plan.states + (state_row + 2) * s.features_row(), s.features());
        fetch_early(plan.cells + (state_row + 2) * s.hidden_row(), s.hidden);
        fetch_early(plan.all_weights + (state_row + 2) * s.weights_row(), s.weights_row());
        fetch_early(plan.inverse_norms + (state_row + 2) * s.slots_row(), s.slots);
      }
      T* weights = plan.all_weights + state_row * s.weights_row();
      T* norms = plan.inverse_norms + state_row * s.slots_row();
      memory_step(s,
                  StepRow<T>{interface[r], weights, weights + s.weights_row(), plan.cosines + row * s.weights_row(),
                             plan.content + row * s.weights_row(), norms, norms + s.slots_row(),
                             memory_at(r, t), memory_at(r, t + 1), state[r] + s.hidden},
                  ring, partial);
    }
  }
}

#define MNEME_INSTANTIATE(T)                                                                           \
  template int64_t ntm_forward_scratch<T>(const NtmSizes&);                                            \
  template void ntm_forward(const NtmForwardPlan<T>&, int64_t, int64_t, T*);
MNEME_INSTANTIATE(float)
MNEME_INSTANTIATE(double)

}  // namespace mneme::CPU_CAPABILITY
