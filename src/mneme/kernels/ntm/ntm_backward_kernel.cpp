// Backward pass of the fused NTM, derived by hand from the equations of the forward pass; d_x stands for
// the derivative of the loss with respect to x.
#include <cstring>
#include <initializer_list>

#include "mneme/kernels/ntm/ntm_memory.h"
#include "mneme/kernels/simd/lstm_cell.h"
#include "mneme/kernels/simd/panel_gemm.h"
#include "mneme/kernels/simd/slot_access.h"

namespace mneme::CPU_CAPABILITY {
namespace {

/// Memories of a segment that are not kept.
constexpr int64_t kNtmReplayed = kNtmCheckpointDistance - 1;

/// Scratch of one group of sequences. `rows` vectors hold one entry a sequence.
template <class T>
struct Scratch {
  T* memories;   // [group, checkpoint distance - 1, memory_row] replayed memories of the present segment
  T* d_memory;   // [group, memory_row]
  T* d_weights;  // [group, heads, slots_row]: from the next step on entry, for the one before on exit
  T* d_state;    // [group, features_row + pad]: d h and d r
  T* d_cell;     // [group, hidden_row]
  T *ring, *d_ring, *shifted;  // vectors over slots, for one head
  // d M as outer products: of the read heads' weightings and d r, then of all heads' scaled d cos and keys.
  T *outer_slots, *outer_widths;  // [read_heads + heads, slots_row], [.., width]
  T* norm_term;                   // [slots_row]: z of address_backward
  T* gathered;                    // [width, heads at once] vectors
  T* kept;       // [write_heads] vectors: the memory after the erases of the heads before
  T* partial;    // [write_heads * 2 * width] vectors: sums over the slots before their lanes are added
  T* sums;       // [heads * 2 * width]

  static int64_t carve(const NtmSizes& s, T* base, Scratch* scratch) {
    int64_t used = 0;
    const auto take = [&](T*& place, int64_t size) {
      place = base + used;
      used += padded(size);
    };
    take(scratch->memories, kNtmGroup * kNtmReplayed * s.memory_row());
    take(scratch->d_memory, kNtmGroup * s.memory_row());
    take(scratch->d_weights, kNtmGroup * s.weights_row());
    take(scratch->d_state, kNtmGroup * state_row(s));
    take(scratch->d_cell, kNtmGroup * s.hidden_row());
    for (T** vector : {&scratch->ring, &scratch->d_ring, &scratch->shifted})
      take(*vector, ring_size(s));
    take(scratch->outer_slots, (s.read_heads + s.heads()) * s.slots_row());
    take(scratch->outer_widths, (s.read_heads + s.heads()) * s.width);
    take(scratch->norm_term, s.slots_row());
    take(scratch->gathered, s.width * kHeadsAtOnce * kPad);
    take(scratch->kept, s.write_heads * kPad);
    take(scratch->partial, s.write_heads * 2 * s.width * kPad);
    take(scratch->sums, s.heads() * 2 * s.width);
    return used;
  }
  static int64_t state_row(const NtmSizes& s) { return s.features_row() + kPad; }
};

template <class T>
inline void add_to(T* place, Vector<T> value) {
  store<T>(place, load(place) + value);
}

/// M_t = M ∘ (1 - w eᵀ) + w aᵀ with one write head: turns d_memory from d M_t into d M_{t-1}, adds to d_weights,
/// and leaves the sums d e and d a of component w in the partial vectors 2w and 2w + 1.
template <class T>
void write_backward(const NtmSizes& s, const T* interface, const T* weights, const T* memory, T* d_memory,
                    T* d_weights, const Scratch<T>& scratch) {
  using V = Vector<T>;
  for_each_panel<T>(s, [&](auto vectors, int64_t slot, int64_t offset) {
    constexpr int kVectors = decltype(vectors)::value;
    V weight[kVectors], d_weight[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      weight[v] = load(weights + slot + v * kLanes<T>);
      d_weight[v] = load(d_weights + slot + v * kLanes<T>);
    }
    for (int64_t w = 0; w < s.width; ++w) {
      const V erase = broadcast(interface[s.erases() + w]), add = broadcast(interface[s.adds() + w]);
      V d_erase = {}, d_add = {};
      for (int v = 0; v < kVectors; ++v) {
        const int64_t at = offset + (w * kVectors + v) * kLanes<T>;
        const V d = load(d_memory + at), d_erased = d * load(memory + at), d_written = d * weight[v];
        d_weight[v] += d * add - d_erased * erase;
        d_erase -= d_erased * weight[v];
        d_add += d_written;
        store<T>(d_memory + at, d - d_written * erase);
      }
      accumulate_partial<T>(scratch.partial, 2 * w, slot, d_erase);
      accumulate_partial<T>(scratch.partial, 2 * w + 1, slot, d_add);
    }
    for (int v = 0; v < kVectors; ++v) store<T>(d_weights + slot + v * kLanes<T>, d_weight[v]);
  });
}

/// The same for any number of heads, M_t = M ∘ Π_h (1 - w_h e_hᵀ) + Σ_h w_h a_hᵀ. Keeps the product of the
/// erases before each head, since dividing by a factor would fail where it is zero. Head h's sums follow
/// those of head h - 1.
template <class T>
void write_backward_many(const NtmSizes& s, const T* interface, const T* weights, const T* memory, T* d_memory,
                         T* d_weights, const Scratch<T>& scratch) {
  using V = Vector<T>;
  const int64_t row = s.slots_row();
  for_each_panel<T>(s, [&](auto vectors, int64_t first_slot, int64_t offset) {
    constexpr int kVectors = decltype(vectors)::value;
    for (int64_t w = 0; w < s.width; ++w)
      for (int v = 0; v < kVectors; ++v) {
        const int64_t at = offset + (w * kVectors + v) * kLanes<T>, slot = first_slot + v * kLanes<T>;
        V kept = load(memory + at);
        for (int64_t h = 0; h < s.write_heads; ++h) {
          store<T>(scratch.kept + h * kLanes<T>, kept);
          kept -= kept * load(weights + h * row + slot) * interface[s.erases() + h * s.width + w];
        }
        const V d = load(d_memory + at);
        V d_kept = d;
        for (int64_t h = s.write_heads - 1; h >= 0; --h) {
          const T erase = interface[s.erases() + h * s.width + w], add = interface[s.adds() + h * s.width + w];
          const V weight = load(weights + h * row + slot);
          const V d_erased = d_kept * load(scratch.kept + h * kLanes<T>);
          add_to<T>(d_weights + h * row + slot, d * add - d_erased * erase);
          const int64_t sums = 2 * (h * s.width + w);
          accumulate_partial<T>(scratch.partial, sums, slot, -d_erased * weight);
          accumulate_partial<T>(scratch.partial, sums + 1, slot, d * weight);
          d_kept -= d_kept * weight * erase;
        }
        store<T>(d_memory + at, d_kept);
      }
  });
}

/// w = softmax(γ log max(w_s, floor)): d_w → d_w_s in scratch.d_ring, and the raw d γ.
template <class T>
T sharpen_backward(const NtmSizes& s, T sharpening, const T* weights, const T* d_weights, const Scratch<T>& scratch) {
  using V = Vector<T>;
  V inner = {};
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>) inner += load(weights + i) * load(d_weights + i);
  const V mean = broadcast(sum_lanes(inner)), smallest = broadcast(T(kSmallestWeight));
  V d_sharpening = {};
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>) {
    const V shifted = load(scratch.shifted + i);
    const V bounded = maximum<T>(shifted, smallest);
    const V d_logit = load(weights + i) * (load(d_weights + i) - mean);
    d_sharpening += d_logit * logarithm(bounded);
    const V d = d_logit * sharpening / bounded;
    store<T>(scratch.d_ring + s.shift_range + i, shifted < smallest ? V{} : d);
  }
  for (int64_t i = s.slots; i < s.slots_row(); ++i) scratch.d_ring[s.shift_range + i] = 0;
  // d softplus(x)/dx = 1 - exp(-softplus(x)), and γ = 1 + softplus.
  return sum_lanes(d_sharpening) * (1 - scalar_exp(1 - sharpening));
}

/// w_s[i] = Σ_d s(d) w_g[i - d], with s a softmax, w_g in scratch.ring and d_w_s in scratch.d_ring: writes d_w_g
/// to `d_gated` and the raw d s to `d_kernel`.
template <class T>
void shift_backward(const NtmSizes& s, const T* kernel, const Scratch<T>& scratch, T* d_gated, T* d_kernel) {
  using V = Vector<T>;
  const int64_t shifts = s.shifts();
  T inner = 0;
  for (int64_t d = 0; d < shifts; ++d) {
    V sum = {};
    for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>)
      sum += load(scratch.d_ring + s.shift_range + i) * load(scratch.ring + i + (shifts - 1 - d));
    d_kernel[d] = sum_lanes(sum);
    inner += kernel[d] * d_kernel[d];
  }
  close_ring(s, scratch.d_ring);
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>) {
    V sum = {};
    for (int64_t d = 0; d < shifts; ++d) sum += kernel[d] * load(scratch.d_ring + i + d);
    store<T>(d_gated + i, sum);
  }
  for (int64_t i = s.slots; i < s.slots_row(); ++i) d_gated[i] = 0;
  for (int64_t d = 0; d < shifts; ++d) d_kernel[d] = kernel[d] * (d_kernel[d] - inner);
}

/// From d_w of one head to d of its parameters and of its weighting a step before (left in d_weights). Of d k it
/// gives -along k alone: see below.
template <class T>
void address_backward(const NtmSizes& s, int64_t h, const T* interface, const T* weights, const T* previous,
                      const T* content, const T* cosines, const T* inverse_norms, const Scratch<T>& scratch,
                      T* d_weights, T* d_interface) {
  using V = Vector<T>;
  const T strength = interface[s.strengths() + h], gate = interface[s.interpolations() + h];
  const T* kernel = interface + s.shift_kernels() + h * s.shifts();
  gate_weights(s, gate, content, previous, scratch.ring);
  shift_weights(s, kernel, scratch.ring, scratch.shifted);
  d_interface[s.sharpenings() + h] =
      sharpen_backward(s, interface[s.sharpenings() + h], weights, d_weights, scratch);
  T* d_gated = scratch.shifted;
  shift_backward(s, kernel, scratch, d_gated, d_interface + s.shift_kernels() + h * s.shifts());

  // w_g = g w_c + (1 - g) w_prev
  V d_gate = {}, inner = {};
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>) {
    const V d = load(d_gated + i), c = load(content + i);
    d_gate += d * (c - load(previous + i));
    inner += c * d;
    store<T>(d_weights + i, (1 - gate) * d);
  }
  d_interface[s.interpolations() + h] = sum_lanes(d_gate) * gate * (1 - gate);

  // w_c = softmax(β cos), cos_i = k·M_i / (|k| |M_i|). For d M_i = Σ_h q_i k - z_i M_i and d k = Σ_i q_i M_i - along k:
  // gives q and adds to z, with q_i = d_cos_i / (|k| |M_i|), z_i = Σ_h d_cos_i cos_i / |M_i|², and
  // along = Σ_i d_cos_i cos_i / |k|².
  const T* const key = interface + s.keys() + h * s.width;
  T* const scaled = scratch.outer_slots + (s.read_heads + h) * s.slots_row();
  const T inverse_key = inverse_norm(key, s.width);
  const V mean = broadcast(sum_lanes(inner));
  V d_strength = {};
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>) {
    const V d_logit = gate * load(content + i) * (load(d_gated + i) - mean);
    const V product = d_logit * load(cosines + i), inverse = load(inverse_norms + i);
    d_strength += product;
    store<T>(scaled + i, d_logit * (strength * inverse_key) * inverse);
    store<T>(scratch.norm_term + i, load(scratch.norm_term + i) + product * strength * inverse * inverse);
  }
  const T matched = sum_lanes(d_strength), along = strength * matched * inverse_key * inverse_key;
  d_interface[s.strengths() + h] = matched * (1 - scalar_exp(-strength));
  for (int64_t w = 0; w < s.width; ++w) d_interface[s.keys() + h * s.width + w] = -along * key[w];
}

/// Fills `memories` with those before the steps that follow `segment`, the first of a segment, in it.
template <class T>
void replay_writes(const NtmForwardPlan<T>& plan, int64_t b, int64_t segment, T* memories) {
  const NtmSizes& s = plan.sizes;
  const int64_t left = plan.lengths[b] - segment;
  const int64_t steps = left < kNtmCheckpointDistance ? left : kNtmCheckpointDistance;
  const T* memory = plan.checkpoint(b, segment);
  for (int64_t t = 0; t + 1 < steps; ++t, memory = memories, memories += s.memory_row()) {
    const int64_t step = segment + t;
    write_memory<T>(s, memory, memories,
                    plan.interface + (b * s.time + step) * s.interface_row(),
                    plan.all_weights + (b * (s.time + 1) + step + 1) * s.weights_row() +
                        s.read_heads * s.slots_row(),
                    nullptr);
  }
}

template <class T>
void copy_or_zero(T* to, const T* from, int64_t count, int64_t room) {
  if (from)
    std::memcpy(to, from, count * sizeof(T));
  else
    std::memset(static_cast<void*>(to), 0, count * sizeof(T));
  std::memset(static_cast<void*>(to + count), 0, (room - count) * sizeof(T));
}

/// d of the state after the last step.
template <class T>
void start_backward(const NtmBackwardPlan<T>& plan, int64_t b, int64_t r, const Scratch<T>& scratch) {
  const NtmSizes& s = plan.forward.sizes;
  const auto row = [&](const T* base, int64_t size) { return base ? base + b * size : nullptr; };
  T* d_state = scratch.d_state + r * Scratch<T>::state_row(s);
  copy_or_zero<T>(d_state, s.lstm ? row(plan.d_final_hidden, s.hidden) : nullptr, s.hidden, s.hidden);
  copy_or_zero(d_state + s.hidden, row(plan.d_final_reads, s.reads()), s.reads(),
               Scratch<T>::state_row(s) - s.hidden);
  copy_or_zero(scratch.d_cell + r * s.hidden_row(), row(plan.d_final_cell, s.hidden), s.hidden, s.hidden_row());
  for (int64_t h = 0; h < s.heads(); ++h)
    copy_or_zero<T>(scratch.d_weights + r * s.weights_row() + h * s.slots_row(),
                    plan.d_final_weights ? plan.d_final_weights + (b * s.heads() + h) * s.slots : nullptr, s.slots,
                    s.slots_row());
  T* d_memory = scratch.d_memory + r * s.memory_row();
  if (plan.d_final_memory)
    load_memory(s, plan.d_final_memory + b * s.slots * s.width, d_memory);
  else
    std::memset(static_cast<void*>(d_memory), 0, s.memory_row() * sizeof(T));
}

/// d of the state before the first step.
template <class T>
void finish_backward(const NtmBackwardPlan<T>& plan, int64_t b, int64_t r, const Scratch<T>& scratch) {
  const NtmSizes& s = plan.forward.sizes;
  const T* d_state = scratch.d_state + r * Scratch<T>::state_row(s);
  if (s.lstm) {
    std::memcpy(plan.d_hidden + b * s.hidden, d_state, s.hidden * sizeof(T));
    std::memcpy(plan.d_cell + b * s.hidden, scratch.d_cell + r * s.hidden_row(), s.hidden * sizeof(T));
  }
  std::memcpy(plan.d_reads + b * s.reads(), d_state + s.hidden, s.reads() * sizeof(T));
  for (int64_t h = 0; h < s.heads(); ++h)
    std::memcpy(plan.d_weights + (b * s.heads() + h) * s.slots,
                scratch.d_weights + r * s.weights_row() + h * s.slots_row(), s.slots * sizeof(T));
  if (plan.d_memory) store_memory(s, scratch.d_memory + r * s.memory_row(), plan.d_memory + b * s.slots * s.width);
}

/// The memory's part of one step: from d r, d M_t and d w_t to d of the interface, M_{t-1} and w_{t-1}.
template <class T>
void memory_step_backward(const NtmBackwardPlan<T>& plan, int64_t b, int64_t t, int64_t r, const Scratch<T>& scratch) {
  const NtmForwardPlan<T>& forward = plan.forward;
  const NtmSizes& s = forward.sizes;
  const int64_t row = b * s.time + t, state_row = b * (s.time + 1) + t, slots = s.slots_row();
  const T* interface = forward.interface + row * s.interface_row();
  const T* previous = forward.all_weights + state_row * s.weights_row();
  const T* weights = previous + s.weights_row();
  const T* memory = forward.checkpoint(b, t);
  if (!memory) memory = scratch.memories + (r * kNtmReplayed + t % kNtmCheckpointDistance - 1) * s.memory_row();
  const T* d_reads = scratch.d_state + r * Scratch<T>::state_row(s) + s.hidden;
  T* d_memory = scratch.d_memory + r * s.memory_row();
  T* d_weights = scratch.d_weights + r * s.weights_row();
  T* d_interface = plan.d_interface + row * s.interface_row();

  const int64_t write = s.read_heads * slots;
  const auto write_pass = s.write_heads == 1 ? write_backward<T> : write_backward_many<T>;
  write_pass(s, interface, weights + write, memory, d_memory, d_weights + write, scratch);
  const int64_t written = s.write_heads * s.width;
  sum_vectors(scratch.partial, 2 * written, scratch.sums);
  for (int64_t j = 0; j < written; ++j) {
    const T erase = interface[s.erases() + j];
    d_interface[s.erases() + j] = scratch.sums[2 * j] * erase * (1 - erase);
    d_interface[s.adds() + j] = scratch.sums[2 * j + 1];
  }
  match_slots<true>(s, s.read_heads, d_reads, s.width, memory, 0, slots, d_weights);  // r = Σ_i w[i] M[i]

  std::memset(static_cast<void*>(scratch.norm_term), 0, slots * sizeof(T));
  for (int64_t h = 0; h < s.heads(); ++h)
    address_backward(s, h, interface, weights + h * slots, previous + h * slots,
                     forward.content + row * s.weights_row() + h * slots,
                     forward.cosines + row * s.weights_row() + h * slots, forward.inverse_norms + state_row * slots,
                     scratch, d_weights + h * slots, d_interface);
  T* const d_keys = scratch.sums;
  gather_slots(s, s.heads(), scratch.outer_slots + s.read_heads * slots, memory, 0, s.width, scratch.gathered, d_keys,
               s.width);
  for (int64_t j = 0; j < s.heads() * s.width; ++j) d_interface[s.keys() + j] += d_keys[j];
  std::memcpy(scratch.outer_slots, weights, s.read_heads * slots * sizeof(T));
  std::memcpy(scratch.outer_widths, d_reads, s.reads() * sizeof(T));
  std::memcpy(scratch.outer_widths + s.reads(), interface + s.keys(), s.heads() * s.width * sizeof(T));
  spread_outer_products(s, s.read_heads + s.heads(), scratch.outer_slots, scratch.outer_widths, scratch.norm_term,
                        memory, d_memory);
}

}  // namespace

template <class T>
int64_t ntm_backward_scratch(const NtmSizes& sizes) {
  Scratch<T> scratch;
  return Scratch<T>::carve(sizes, nullptr, &scratch);
}

template <class T>
void ntm_backward(const NtmBackwardPlan<T>& plan, int64_t first, int64_t count, T* base) {
  const NtmForwardPlan<T>& forward = plan.forward;
  const NtmSizes& s = forward.sizes;
  Scratch<T> scratch;
  Scratch<T>::carve(s, base, &scratch);
  const int64_t* order = forward.order + first;
  for (int64_t r = 0; r < count; ++r) start_backward(plan, order[r], r, scratch);

  int64_t active = 0;
  for (int64_t t = forward.lengths[order[0]] - 1; t >= 0; --t) {
    while (active < count && forward.lengths[order[active]] > t) ++active;
    const bool segment_ends = t % kNtmCheckpointDistance == kNtmCheckpointDistance - 1;
    T *d_hidden[kNtmGroup], *d_before[kNtmGroup];
    const T *d_logits[kNtmGroup], *d_interface[kNtmGroup], *d_gates[kNtmGroup];
    for (int64_t r = 0; r < active; ++r) {
      const int64_t row = order[r] * s.time + t;
      d_hidden[r] = scratch.d_state + r * Scratch<T>::state_row(s);
      d_before[r] = d_hidden[r] + (s.lstm ? 0 : s.hidden);
      d_logits[r] = plan.d_logits + row * s.outputs;
      d_interface[r] = plan.d_interface + row * s.interface_row();
      d_gates[r] = plan.d_gates + row * s.gates_row();
    }

    multiply_accumulate(active, d_logits, s.outputs, plan.output_weight, s.features(), d_hidden);
    for (int64_t r = 0; r < active; ++r) {
      const int64_t b = order[r];
      if (segment_ends || t == forward.lengths[b] - 1)
        replay_writes(forward, b, t / kNtmCheckpointDistance * kNtmCheckpointDistance,
                      scratch.memories + r * kNtmReplayed * s.memory_row());
      if (t > 0) {
        const int64_t before = b * (s.time + 1) + t - 1;
        fetch_step(forward, b, t - 1);
        fetch_early(forward.cells + before * s.hidden_row(), s.hidden);
        fetch_early(forward.all_weights + before * s.weights_row(), s.weights_row());
        fetch_early(forward.inverse_norms + before * s.slots_row(), s.slots);
        fetch_early(plan.d_gates + (b * s.time + t - 1) * s.gates_row(), s.gates());
        fetch_early(plan.d_interface + (b * s.time + t - 1) * s.interface_row(), s.interface());
      }
      memory_step_backward(plan, b, t, r, scratch);
    }

    multiply_accumulate(active, d_interface, s.interface(), plan.interface_weight, s.hidden, d_hidden);
    for (int64_t r = 0; r < active; ++r) {
      const int64_t b = order[r], row = b * s.time + t;
      T* gradient = plan.d_gates + row * s.gates_row();
      const T* cell = forward.cells + (b * (s.time + 1) + t) * s.hidden_row();
      if (s.lstm) {
        lstm_cell_backward(s.hidden, forward.gates + row * s.gates_row(), cell, cell + s.hidden_row(), d_hidden[r],
                           scratch.d_cell + r * s.hidden_row(), gradient);
      } else {
        const T* h = forward.states + (b * (s.time + 1) + t + 1) * s.features_row();
        for (int64_t j = 0; j < s.hidden; j += kLanes<T>) {
          const auto tanh = load(h + j);
          store_first<T>(gradient + j, load(d_hidden[r] + j) * (1 - tanh * tanh), s.hidden - j);
        }
      }
      std::memset(static_cast<void*>(d_hidden[r]), 0, Scratch<T>::state_row(s) * sizeof(T));
    }
    multiply_accumulate(active, d_gates, s.gates(), plan.recurrent, s.recurrent(), d_before);
  }
  for (int64_t r = 0; r < count; ++r) finish_backward(plan, order[r], r, scratch);
}

template <class T>
void ntm_weight_gradients(const NtmBackwardPlan<T>& plan, int64_t first, int64_t count) {
  const NtmForwardPlan<T>& forward = plan.forward;
  const NtmSizes& s = forward.sizes;
  // Each matrix has a row an element of its left side. The recurrent weight saw the state before each step,
  // the interface and the output weight the one after it.
  const T* before = forward.states + (s.lstm ? 0 : s.hidden);
  const T* after = forward.states + s.features_row();
  const int64_t state_row = s.features_row(), state_sequence = (s.time + 1) * state_row;
  const auto products = [&](const T* left, int64_t left_row, const T* right, int64_t right_row,
                            int64_t right_sequence) {
    return StepProducts<T>{left, left_row, s.time * left_row, right, right_row, right_sequence, s.batch,
                           forward.lengths};
  };
  const auto part = [&](int64_t begin, int64_t size, auto&& sum) {
    const int64_t from = first > begin ? first - begin : 0;
    const int64_t to = first + count - begin < size ? first + count - begin : size;
    if (from < to) sum(from, to - from);
  };
  part(0, s.gates(), [&](int64_t i, int64_t rows) {
    const auto recurrent = products(plan.d_gates, s.gates_row(), before, state_row, state_sequence);
    sum_outer_products(recurrent, i, rows, plan.d_recurrent, s.recurrent());
    sum_outer_products(products(plan.d_gates, s.gates_row(), forward.inputs, s.inputs_row(), s.time * s.inputs_row()),
                       i, rows, plan.d_input_weight, s.inputs);
    sum_left(recurrent, i, rows, plan.d_input_bias);
  });
  part(s.gates(), s.interface(), [&](int64_t i, int64_t rows) {
    const auto interface = products(plan.d_interface, s.interface_row(), after, state_row, state_sequence);
    sum_outer_products(interface, i, rows, plan.d_interface_weight, s.hidden);
    sum_left(interface, i, rows, plan.d_interface_bias);
  });
  part(s.gates() + s.interface(), s.outputs, [&](int64_t i, int64_t rows) {
    const auto output = products(plan.d_logits, s.outputs, after, state_row, state_sequence);
    sum_outer_products(output, i, rows, plan.d_output_weight, s.features());
    sum_left(output, i, rows, plan.d_output_bias);
  });
}

#define MNEME_INSTANTIATE(T)                                                       \
  template int64_t ntm_backward_scratch<T>(const NtmSizes&);                       \
  template void ntm_backward(const NtmBackwardPlan<T>&, int64_t, int64_t, T*);     \
  template void ntm_weight_gradients(const NtmBackwardPlan<T>&, int64_t, int64_t);
MNEME_INSTANTIATE(float)
MNEME_INSTANTIATE(double)

}  // namespace mneme::CPU_CAPABILITY
