// Forward pass of the fused DNC. The equations are those of models/dnc.h, in the same order.
#include <initializer_list>

#include "mneme/kernels/dnc/dnc_link.h"
#include "mneme/kernels/dnc/dnc_norm.h"
#include "mneme/kernels/dnc/dnc_step.h"
#include "mneme/kernels/simd/lstm_cell.h"
#include "mneme/kernels/simd/panel_gemm.h"

namespace mneme::CPU_CAPABILITY {
namespace {

/// Scratch of one group of sequences.
template <class T>
struct Scratch {
  T* links;     // [group, link_size]    the present ones, where no checkpoint holds them
  T* memories;  // [group, memory_size]  likewise
  T* backward;  // [parts, heads_row]    parts of b
  T* gathered;  // [width, heads at once] vectors
  T* keys;      // see Keys

  static int64_t carve(const DncSizes& s, int64_t group, T* base, Scratch* scratch) {
    int64_t used = 0;
    const auto take = [&](T*& place, int64_t size) {
      place = base + used;
      used += padded(size);
    };
    take(scratch->links, group * s.link_size());
    take(scratch->memories, group * s.memory_size());
    take(scratch->backward, kDncLinkParts * s.heads_row());
    take(scratch->gathered, s.width * kHeadsAtOnce * kPad);
    take(scratch->keys, keys_size(s));
    return used;
  }
};

/// x ← σ(x)
template <class T>
void open_gates(T* gates, int64_t count) {
  for (int64_t i = 0; i < count; i += kLanes<T>) {
    const Vector<T> opened = sigmoid(load(gates + i));
    store_first<T>(gates + i, opened, count - i);
  }
}

template <class T>
void activate_interface(const DncSizes& s, T* interface) {
  const auto one_plus = [](T& x) { x = 1 + scalar_softplus(x); };
  for (int64_t h = 0; h < s.read_heads; ++h) {
    one_plus(interface[s.read_strengths() + h]);
    T& free = interface[s.free_gates() + h];
    free = scalar_sigmoid(free);
    if (s.content_only) continue;
    if (s.sharpened_links)
      for (const int64_t sharpness : {s.forward_sharpness(), s.backward_sharpness()}) one_plus(interface[sharpness + h]);
    T* modes = interface + s.read_modes() + 3 * h;
    T largest = modes[0] > modes[1] ? modes[0] : modes[1], total = 0;
    largest = modes[2] > largest ? modes[2] : largest;
    for (int mode = 0; mode < 3; ++mode) total += modes[mode] = scalar_exp(modes[mode] - largest);
    for (int mode = 0; mode < 3; ++mode) modes[mode] /= total;
  }
  one_plus(interface[s.write_strength()]);
  for (const int64_t gate : {s.allocation_gate(), s.write_gate()}) interface[gate] = scalar_sigmoid(interface[gate]);
  open_gates(interface + s.erase(), s.width);
  if (s.masked_keys) open_gates(interface + s.read_masks(), s.reads() + s.width);  // the write mask comes behind
}

/// products k·M_i → cosines, and content = softmax(β cosines).
template <class T>
void content_weights(const DncSizes& s, T inverse, T strength, const T* inverse_norms, T* cosines, T* content) {
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>) {
    const Vector<T> cosine = load(cosines + i) * inverse * load(inverse_norms + i);
    store<T>(cosines + i, cosine);
    store<T>(content + i, strength * cosine);
  }
  softmax_slots(s, content);
}

/// |M_i ∘ m|² → 1 / |M_i ∘ m|
template <class T>
void invert_norms(const DncSizes& s, T* squares) {
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>)
    store<T>(squares + i, 1 / square_root(load(squares + i) + T(kNormEpsilon)));
}

/// d ← softmax(s log(d + ε)): see sharpen_link_weights in mechanisms/temporal_link.h.
template <class T>
void sharpen(const DncSizes& s, T sharpness, const T* weights, T* sharp) {
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>)
    store<T>(sharp + i, sharpness * logarithm(load(weights + i) + T(kLinkFloor)));
  softmax_slots(s, sharp);
}

/// u = (u_prev + w_prev - u_prev ∘ w_prev) ∘ ψ, ψ = Π_r (1 - f_r w^r_prev), which is kept where `kept` is not null.
template <class T>
void update_usage(const DncSizes& s, const T* free_gates, const T* read_weights, const T* write_weights,
                  const T* before, T* usage, T* kept) {
  using V = Vector<T>;
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>) {
    V retention = broadcast(T{1});
    for (int64_t h = 0; h < s.read_heads; ++h)
      retention *= 1 - free_gates[h] * load(read_weights + h * s.slots_row() + i);
    const V u = load(before + i), w = load(write_weights + i);
    store<T>(usage + i, (u + w - u * w) * retention);
    if (kept) store<T>(kept + i, retention);
  }
}

/// Slots by ascending usage, equal ones in their order: each slot's place is the number of slots before it. Takes
/// slots² comparisons, which next to the link matrix is little.
template <class T>
void sort_by_usage(const DncSizes& s, const T* usage, int32_t* free_list) {
  using V = Vector<T>;
  using Count = typename VectorOf<T>::Integers;
  std::memset(free_list, 0, s.slots * sizeof(int32_t));  // a usage that is not a number leaves gaps
  Count lane;
  for (int l = 0; l < kLanes<T>; ++l) lane[l] = l;
  for (int64_t i = 0; i < s.slots; i += kLanes<T>) {
    const V mine = load(usage + i);
    Count place = {};
    for (int64_t j = 0; j < i; ++j) place -= broadcast(usage[j]) <= mine;
    const int64_t real = s.slots - i < kLanes<T> ? s.slots - i : kLanes<T>;
    for (int l = 0; l < real; ++l) {
      const V other = broadcast(usage[i + l]);
      place -= (other < mine) | ((other == mine) & (lane > l));
    }
    for (int64_t j = i + real; j < s.slots; ++j) place -= broadcast(usage[j]) < mine;
    for (int l = 0; l < real; ++l) free_list[place[l]] = static_cast<int32_t>(i + l);
  }
}

/// a[φ_j] = (1 - u'[φ_j]) Π_{i<j} u'[φ_i]
template <class T>
void allocate(const DncSizes& s, const T* usage, const int32_t* free_list, T* allocation) {
  T taken = 1;
  for (int64_t j = 0; j < s.slots; ++j) {
    const T used = T(kUsageFloor) + (1 - T(kUsageFloor)) * usage[free_list[j]];
    allocation[free_list[j]] = (1 - used) * taken;
    taken *= used;
  }
  zero_past_slots(s, 1, allocation);
}

/// The buffers of one sequence at one step.
template <class T>
struct StepRows {
  T* interface;
  const T *read_before, *write_before, *usage_before, *precedence_before, *norms_before;
  T *read_weights, *write_weights, *usage, *precedence, *norms;
  T *allocation, *write_cosines, *write_content, *read_cosines, *read_content, *forward, *backward;
  T *sharp_forward, *sharp_backward, *write_masked_norms, *read_masked_norms, *retention;  // null without their options
  int32_t* free_list;
  const T *memory_before, *link_before;
  T *memory, *link;
  T* reads;
};

/// w = g_w (g_a a + (1 - g_a) c), after the content, usage and allocation that it needs.
template <class T>
void place_write(const DncSizes& s, const StepRows<T>& step) {
  const T* interface = step.interface;
  if (s.masked_keys) invert_norms(s, step.write_masked_norms);
  const T inverse = inverse_norm_under(interface + s.write_key(),
                                       s.masked_keys ? interface + s.write_mask() : nullptr, s.width);
  content_weights(s, inverse, interface[s.write_strength()],
                  s.masked_keys ? step.write_masked_norms : step.norms_before, step.write_cosines, step.write_content);
  update_usage(s, interface + s.free_gates(), step.read_before, step.write_before, step.usage_before, step.usage,
               step.retention);
  sort_by_usage(s, step.usage, step.free_list);
  allocate(s, step.usage, step.free_list, step.allocation);
  const T allocated = interface[s.allocation_gate()], gate = interface[s.write_gate()];
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>) {
    const Vector<T> content = load(step.write_content + i);
    store<T>(step.write_weights + i, gate * (content + allocated * (load(step.allocation + i) - content)));
  }
}

/// p = (1 - Σ w) p_prev + w
template <class T>
void follow_writes(const DncSizes& s, const StepRows<T>& step) {
  Vector<T> total = {};
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>) total += load(step.write_weights + i);
  const T kept = 1 - sum_lanes(total);
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>)
    store<T>(step.precedence + i, kept * load(step.precedence_before + i) + load(step.write_weights + i));
}

/// c of all read heads.
template <class T>
void match_reads(const DncSizes& s, const StepRows<T>& step) {
  for (int64_t h = 0; h < s.read_heads; ++h) {
    const int64_t at = h * s.slots_row(), key = h * s.width;
    if (s.masked_keys) invert_norms(s, step.read_masked_norms + at);
    const T inverse = inverse_norm_under(step.interface + s.read_keys() + key,
                                         s.masked_keys ? step.interface + s.read_masks() + key : nullptr, s.width);
    content_weights(s, inverse, step.interface[s.read_strengths() + h],
                    s.masked_keys ? step.read_masked_norms + at : step.norms, step.read_cosines + at,
                    step.read_content + at);
  }
}

/// w^r = π_1 b + π_2 c + π_3 f, or c alone.
template <class T>
void place_reads(const DncSizes& s, const StepRows<T>& step, const T* backward_parts) {
  using V = Vector<T>;
  const int64_t row = s.slots_row();
  match_reads(s, step);
  if (s.content_only) {
    std::memcpy(step.read_weights, step.read_content, s.heads_row() * sizeof(T));
    return;
  }
  follow_writes(s, step);
  zero_past_slots(s, s.read_heads, step.forward);
  for (int64_t i = 0; i < s.heads_row(); i += kLanes<T>) {
    V b = load(backward_parts + i);
    for (int64_t part = 1; part < kDncLinkParts; ++part) b += load(backward_parts + part * s.heads_row() + i);
    store<T>(step.backward + i, b);
  }
  const T *forward = step.forward, *backward = step.backward;
  if (s.sharpened_links) {
    for (int64_t h = 0; h < s.read_heads; ++h) {
      sharpen(s, step.interface[s.forward_sharpness() + h], step.forward + h * row, step.sharp_forward + h * row);
      sharpen(s, step.interface[s.backward_sharpness() + h], step.backward + h * row, step.sharp_backward + h * row);
    }
    forward = step.sharp_forward;
    backward = step.sharp_backward;
  }
  for (int64_t h = 0; h < s.read_heads; ++h) {
    const T* modes = step.interface + s.read_modes() + 3 * h;
    for (int64_t i = h * row; i < (h + 1) * row; i += kLanes<T>)
      store<T>(step.read_weights + i,
               modes[0] * load(backward + i) + modes[1] * load(step.read_content + i) + modes[2] * load(forward + i));
  }
}

template <class T>
void memory_step(const DncSizes& s, Team& team, const StepRows<T>& step, const Scratch<T>& scratch) {
  team.alone([&] {
    activate_interface(s, step.interface);
    mask_keys(s, step.interface, scratch.keys);
  });
  const T* interface = step.interface;
  const Keys<T> keys = keys_in(s, interface, scratch.keys);
  team.share(s.slots_row(), kPanelSlots<T>, [&](int64_t begin, int64_t end) {
    match_slots<false>(s, 1, keys.write, 0, step.memory_before, begin, end, step.write_cosines);
    if (s.masked_keys)
      match_slots<false, true>(s, 1, keys.write_mask, 0, step.memory_before, begin, end, step.write_masked_norms);
  });
  team.wait();
  team.alone([&] { place_write(s, step); });
  team.share(s.slots_row(), kPanelSlots<T>, [&](int64_t begin, int64_t end) {
    write_slots(s, step.memory_before, step.memory, interface, step.write_weights, step.retention, begin, end,
                step.norms);
    match_slots<false>(s, s.read_heads, keys.read, s.width, step.memory, begin, end, step.read_cosines);
    if (s.masked_keys)
      match_slots<false, true>(s, s.read_heads, keys.read_masks, s.width, step.memory, begin, end,
                               step.read_masked_norms);
  });
  if (!s.content_only) {
    const LinkStep<T> link{step.write_weights, step.precedence_before, step.read_before};
    team.share(kDncLinkParts, 1, [&](int64_t first, int64_t last) {
      for (int64_t part = first; part < last; ++part)
        update_link(s, link, step.link_before, step.link, link_part_begin(s, part), link_part_begin(s, part + 1),
                    step.forward, scratch.backward + part * s.heads_row());
    });
  }
  team.wait();
  team.alone([&] { place_reads(s, step, scratch.backward); });
  team.share(s.width, kWidthGrain, [&](int64_t begin, int64_t end) {
    gather_slots(s, s.read_heads, step.read_weights, step.memory, begin, end,
                 scratch.gathered + begin * kHeadsAtOnce * kLanes<T>, step.reads, s.width);
  });
  team.wait();
}

template <class T>
void copy_or_zero(T* to, const T* from, int64_t count, int64_t room) {
  if (from)
    std::memcpy(to, from, count * sizeof(T));
  else
    zero(to, count);
  zero(to + count, room - count);
}

/// Where the state before step t lies: in the checkpoint where there is one, otherwise in the scratch.
template <class T>
T* held(T* checkpoints, T* scratch, const DncSizes& s, int64_t b, int64_t t, int64_t size) {
  if (!checkpoints || t % kDncCheckpointDistance != 0 || t >= s.time) return scratch;
  return checkpoints + (b * s.checkpoints() + t / kDncCheckpointDistance) * size;
}

template <class T>
void start_sequence(const DncForwardPlan<T>& plan, int64_t b, int64_t r, const Scratch<T>& scratch) {
  const DncSizes& s = plan.sizes;
  const int64_t rows = b * (s.time + 1), row = s.slots_row();
  const auto given = [&](const T* base, int64_t size) { return base ? base + b * size : nullptr; };
  T* state = plan.states + rows * s.features_row();
  copy_or_zero(state, s.lstm ? given(plan.hidden, s.hidden) : nullptr, s.hidden, s.hidden);
  copy_or_zero(state + s.hidden, given(plan.reads, s.reads()), s.reads(), s.features_row() - s.hidden);
  if (s.lstm)
    copy_or_zero(plan.cells + rows * s.hidden_row(), given(plan.cell, s.hidden), s.hidden, s.hidden_row());
  for (int64_t h = 0; h < s.read_heads; ++h)
    copy_or_zero(plan.read_weights + rows * s.heads_row() + h * row,
                 plan.start_read_weights ? plan.start_read_weights + (b * s.read_heads + h) * s.slots : nullptr, s.slots,
                 row);
  copy_or_zero(plan.write_weights + rows * row, given(plan.start_write_weights, s.slots), s.slots, row);
  copy_or_zero(plan.usage + rows * row, given(plan.start_usage, s.slots), s.slots, row);
  if (!s.content_only) {
    copy_or_zero(plan.precedence + rows * row, given(plan.start_precedence, s.slots), s.slots, row);
    T* link = held(plan.links, scratch.links + r * s.link_size(), s, b, 0, s.link_size());
    for (int64_t i = 0; i < s.slots; ++i)
      copy_or_zero(link + i * row, plan.start_link ? plan.start_link + (b * s.slots + i) * s.slots : nullptr, s.slots,
                   row);
  }

  T* memory = held(plan.memories, scratch.memories + r * s.memory_size(), s, b, 0, s.memory_size());
  if (plan.start_memory)
    load_memory(s, plan.start_memory + b * s.slots * s.width, memory);
  else
    zero(memory, s.memory_size());
  for_each_panel<T>(s, [&](auto vectors, int64_t slot, int64_t offset) {
    constexpr int kVectors = decltype(vectors)::value;
    for (int v = 0; v < kVectors; ++v) {
      Vector<T> norm = {};
      for (int64_t w = 0; w < s.width; ++w) {
        const auto m = load(memory + offset + (w * kVectors + v) * kLanes<T>);
        norm += m * m;
      }
      store<T>(plan.inverse_norms + rows * row + slot + v * kLanes<T>, 1 / square_root(norm + T(kNormEpsilon)));
    }
  });
  for (int64_t t = 0; t < plan.lengths[b]; ++t)
    std::memcpy(plan.gates + (b * s.time + t) * s.gates_row(), plan.gate_inputs + (b * s.time + t) * s.gates(),
                s.gates() * sizeof(T));
}

template <class T>
void finish_sequence(const DncForwardPlan<T>& plan, int64_t b, int64_t r, const Scratch<T>& scratch) {
  const DncSizes& s = plan.sizes;
  const int64_t t = plan.lengths[b];
  if (plan.final_link) {
    const T* link = held(plan.links, scratch.links + r * s.link_size(), s, b, t, s.link_size());
    for (int64_t i = 0; i < s.slots; ++i)
      std::memcpy(plan.final_link + (b * s.slots + i) * s.slots, link + i * s.slots_row(), s.slots * sizeof(T));
  }
  if (plan.final_memory)
    store_memory(s, held(plan.memories, scratch.memories + r * s.memory_size(), s, b, t, s.memory_size()),
                 plan.final_memory + b * s.slots * s.width);
}

template <class T>
StepRows<T> rows_of(const DncForwardPlan<T>& plan, int64_t b, int64_t t, int64_t r, const Scratch<T>& scratch) {
  const DncSizes& s = plan.sizes;
  const int64_t row = s.slots_row(), step = b * s.time + t, state = b * (s.time + 1) + t;
  T *links = scratch.links + r * s.link_size(), *memories = scratch.memories + r * s.memory_size();
  StepRows<T> rows;
  rows.interface = plan.interface + step * s.interface_row();
  rows.read_before = plan.read_weights + state * s.heads_row();
  rows.write_before = plan.write_weights + state * row;
  rows.usage_before = plan.usage + state * row;
  rows.precedence_before = plan.precedence + state * row;
  rows.norms_before = plan.inverse_norms + state * row;
  rows.read_weights = plan.read_weights + (state + 1) * s.heads_row();
  rows.write_weights = plan.write_weights + (state + 1) * row;
  rows.usage = plan.usage + (state + 1) * row;
  rows.precedence = plan.precedence + (state + 1) * row;
  rows.norms = plan.inverse_norms + (state + 1) * row;
  rows.allocation = plan.allocation + step * row;
  rows.write_cosines = plan.write_cosines + step * row;
  rows.write_content = plan.write_content + step * row;
  rows.read_cosines = plan.read_cosines + step * s.heads_row();
  rows.read_content = plan.read_content + step * s.heads_row();
  rows.forward = plan.forward_weights + step * s.heads_row();
  rows.backward = plan.backward_weights + step * s.heads_row();
  rows.sharp_forward = plan.sharp_forward + step * s.heads_row();
  rows.sharp_backward = plan.sharp_backward + step * s.heads_row();
  rows.write_masked_norms = plan.write_masked_norms + step * row;
  rows.read_masked_norms = plan.read_masked_norms + step * s.heads_row();
  rows.retention = s.clear_freed ? plan.retention + step * row : nullptr;
  rows.free_list = plan.free_list + step * s.slots;
  rows.memory_before = held(plan.memories, memories, s, b, t, s.memory_size());
  rows.memory = held(plan.memories, memories, s, b, t + 1, s.memory_size());
  rows.link_before = held(plan.links, links, s, b, t, s.link_size());
  rows.link = held(plan.links, links, s, b, t + 1, s.link_size());
  rows.reads = plan.states + (state + 1) * s.features_row() + s.hidden;
  return rows;
}

/// Sums of the gates → activations, c and h of step t.
template <class T>
void control(const DncForwardPlan<T>& plan, int64_t b, int64_t t, T* hidden) {
  const DncSizes& s = plan.sizes;
  const int64_t row = b * s.time + t;
  T *const gates = plan.gates + row * s.gates_row(), *const scales = plan.scales + row * kNorms;
  if (s.layer_norm)
    for (int64_t first = 0, norm = 0; first < s.gates(); first += s.hidden, ++norm)
      scales[norm] = normalise(s.hidden, gates + first, plan.gain + first, plan.bias + first,
                               plan.normed_gates + row * s.gates_row() + first, gates + first);
  if (!s.lstm) {
    for (int64_t j = 0; j < s.hidden; j += kLanes<T>)
      store_first<T>(hidden + j, hyperbolic_tangent(load(gates + j)), s.hidden - j);
    return;
  }
  const T* before = plan.cells + (b * (s.time + 1) + t) * s.hidden_row();
  T* cell = plan.cells + (b * (s.time + 1) + t + 1) * s.hidden_row();
  lstm_cell(s.hidden, gates, before, cell, hidden);
  if (!s.layer_norm) return;
  scales[4] = normalise(s.hidden, cell, plan.cell_gain, plan.cell_offset, plan.normed_cells + row * s.hidden_row(),
                        hidden);
  for (int64_t j = 0; j < s.hidden; j += kLanes<T>)
    store_first<T>(hidden + j, load(gates + 3 * s.hidden + j) * hyperbolic_tangent(load(hidden + j)), s.hidden - j);
}

/// All steps of the sequences order[first..first+count).
template <class T>
void forward_group(const DncForwardPlan<T>& plan, int64_t first, int64_t count, Team team, T* base) {
  const DncSizes& s = plan.sizes;
  Scratch<T> scratch;
  Scratch<T>::carve(s, count, base, &scratch);
  const int64_t* order = plan.order + first;
  team.alone([&] {
    for (int64_t r = 0; r < count; ++r) start_sequence(plan, order[r], r, scratch);
  });

  int64_t active = count;  // a prefix, since the longest come first
  for (int64_t t = 0;; ++t) {
    while (active > 0 && plan.lengths[order[active - 1]] <= t) {
      --active;
      team.alone([&] { finish_sequence(plan, order[active], active, scratch); });
    }
    if (active == 0) return;

    const T* before[kDncGroup];  // the part of the state that the controller reads
    const T* hidden[kDncGroup];
    T *gates[kDncGroup], *state[kDncGroup], *interface[kDncGroup];
    for (int64_t r = 0; r < active; ++r) {
      const int64_t b = order[r], row = b * s.time + t, state_row = b * (s.time + 1) + t;
      before[r] = plan.states + state_row * s.features_row() + (s.lstm ? 0 : s.hidden);
      hidden[r] = state[r] = plan.states + (state_row + 1) * s.features_row();
      gates[r] = plan.gates + row * s.gates_row();
      interface[r] = plan.interface + row * s.interface_row();
    }
    const auto multiply = [&](const T* const* rows, int64_t depth, const T* packed, int64_t columns, T* const* out) {
      team.share(columns, kColumnGrain<T>, [&](int64_t begin, int64_t end) {
        T* to[kDncGroup];
        for (int64_t r = 0; r < active; ++r) to[r] = out[r] + begin;
        multiply_accumulate(active, rows, depth, packed + begin * depth, end - begin, to);
      });
      team.wait();
    };

    multiply(before, s.recurrent(), plan.recurrent, s.gates(), gates);
    team.alone([&] {
      for (int64_t r = 0; r < active; ++r) {
        control(plan, order[r], t, state[r]);
        std::memcpy(interface[r], plan.interface_bias, s.interface() * sizeof(T));
      }
    });
    multiply(hidden, s.hidden, plan.interface_weight, s.interface(), interface);
    for (int64_t r = 0; r < active; ++r) memory_step(s, team, rows_of(plan, order[r], t, r, scratch), scratch);
  }
}

}  // namespace

template <class T>
int64_t dnc_forward_scratch(const DncSizes& sizes, int64_t group) {
  Scratch<T> scratch;
  return Scratch<T>::carve(sizes, group, nullptr, &scratch);
}

template <class T>
void dnc_forward(const DncForwardPlan<T>& plan, int64_t first, int64_t count, T* scratch, int64_t rank, int64_t ranks,
                 int32_t* barrier) {
  forward_group(plan, first, count, Team(rank, ranks, barrier), scratch);
}

#define MNEME_INSTANTIATE(T)                                                        \
  template int64_t dnc_forward_scratch<T>(const DncSizes&, int64_t);                \
  template void dnc_forward(const DncForwardPlan<T>&, int64_t, int64_t, T*, int64_t, int64_t, int32_t*);
MNEME_INSTANTIATE(float)
MNEME_INSTANTIATE(double)

}  // namespace mneme::CPU_CAPABILITY
