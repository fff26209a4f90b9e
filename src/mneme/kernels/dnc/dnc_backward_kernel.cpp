// Backward pass of the fused DNC, derived by hand from the equations of the forward pass; d_x stands for the
// derivative of the loss with respect to x.
#include "mneme/kernels/dnc/dnc_norm.h"
#include "mneme/kernels/dnc/dnc_step_backward.h"
#include "mneme/kernels/simd/lstm_cell.h"
#include "mneme/kernels/simd/panel_gemm.h"

namespace mneme::CPU_CAPABILITY {
namespace {

template <class T>
StepRows<T> rows_of(const DncBackwardPlan<T>& plan, int64_t b, int64_t t, int64_t r, const Scratch<T>& scratch) {
  const DncForwardPlan<T>& forward = plan.forward;
  const DncSizes& s = forward.sizes;
  const int64_t row = s.slots_row(), step = b * s.time + t, state = b * (s.time + 1) + t;
  const int64_t in_segment = t % kDncCheckpointDistance;
  const bool last = in_segment + 1 == kDncCheckpointDistance || t + 1 == forward.lengths[b];
  StepRows<T> rows;
  rows.interface = forward.interface + step * s.interface_row();
  rows.read_before = forward.read_weights + state * s.heads_row();
  rows.write_before = forward.write_weights + state * row;
  rows.usage_before = forward.usage + state * row;
  rows.precedence_before = forward.precedence + state * row;
  rows.norms_before = forward.inverse_norms + state * row;
  rows.read_weights = forward.read_weights + (state + 1) * s.heads_row();
  rows.write_weights = forward.write_weights + (state + 1) * row;
  rows.usage = forward.usage + (state + 1) * row;
  rows.norms = forward.inverse_norms + (state + 1) * row;
  rows.allocation = forward.allocation + step * row;
  rows.write_cosines = forward.write_cosines + step * row;
  rows.write_content = forward.write_content + step * row;
  rows.read_cosines = forward.read_cosines + step * s.heads_row();
  rows.read_content = forward.read_content + step * s.heads_row();
  rows.forward = forward.forward_weights + step * s.heads_row();
  rows.backward = forward.backward_weights + step * s.heads_row();
  rows.sharp_forward = forward.sharp_forward + step * s.heads_row();
  rows.sharp_backward = forward.sharp_backward + step * s.heads_row();
  rows.write_masked_norms = forward.write_masked_norms + step * row;
  rows.read_masked_norms = forward.read_masked_norms + step * s.heads_row();
  rows.retention = forward.retention + step * row;
  rows.free_list = forward.free_list + step * s.slots;
  const int64_t replayed = r * kDncCheckpointDistance + in_segment;
  rows.memory_before = scratch.memories + replayed * s.memory_size();
  rows.memory = last ? scratch.last_memory + r * s.memory_size() : rows.memory_before + s.memory_size();
  rows.link_before = in_segment == 0
                         ? forward.links + (b * s.checkpoints() + t / kDncCheckpointDistance) * s.link_size()
                         : scratch.links + replayed * s.link_size();
  rows.d_interface = plan.d_interface + step * s.interface_row();
  rows.d_link = scratch.d_link + r * s.link_size();
  rows.d_memory = scratch.d_memory + r * s.memory_size();
  rows.d_read_weights = scratch.d_read_weights + r * s.heads_row();
  rows.d_write_weights = scratch.d_write_weights + r * row;
  rows.d_usage = scratch.d_usage + r * row;
  rows.d_precedence = scratch.d_precedence + r * row;
  rows.d_reads = scratch.d_state + r * s.features_row() + s.hidden;
  return rows;
}

/// Memories and links before each step of [segment, …) of one sequence, and the memory after the last.
template <class T>
void replay(const DncForwardPlan<T>& plan, Team& team, int64_t b, int64_t r, int64_t segment, const Scratch<T>& scratch) {
  const DncSizes& s = plan.sizes;
  const int64_t left = plan.lengths[b] - segment, checkpoint = b * s.checkpoints() + segment / kDncCheckpointDistance;
  const int64_t steps = left < kDncCheckpointDistance ? left : kDncCheckpointDistance;
  T* memories = scratch.memories + r * kDncCheckpointDistance * s.memory_size();
  T* links = scratch.links + r * kDncCheckpointDistance * s.link_size();
  team.share(s.slots_row(), kPanelSlots<T>, [&](int64_t begin, int64_t end) {
    std::memcpy(memories + begin * s.width, plan.memories + checkpoint * s.memory_size() + begin * s.width,
                (end - begin) * s.width * sizeof(T));
    for (int64_t t = 0; t < steps; ++t)
      write_slots<T>(s, memories + t * s.memory_size(),
                     t + 1 == steps ? scratch.last_memory + r * s.memory_size() : memories + (t + 1) * s.memory_size(),
                     plan.interface + (b * s.time + segment + t) * s.interface_row(),
                     plan.write_weights + (b * (s.time + 1) + segment + t + 1) * s.slots_row(),
                     s.clear_freed ? plan.retention + (b * s.time + segment + t) * s.slots_row() : nullptr, begin, end,
                     nullptr);
  });
  if (!s.content_only) team.share(s.slots, kLinkRowBlock, [&](int64_t begin, int64_t end) {
    for (int64_t t = 0; t + 1 < steps; ++t) {
      const int64_t state = b * (s.time + 1) + segment + t;
      replay_link<T>(s, plan.write_weights + (state + 1) * s.slots_row(), plan.precedence + state * s.slots_row(),
                     t == 0 ? plan.links + checkpoint * s.link_size() : links + t * s.link_size(),
                     links + (t + 1) * s.link_size(), begin, end);
    }
  });
  team.wait();
}

/// d h and d c of step t → d of the sums of the gates, and d c of the step before in `d_cell`. `no_hidden` is zero.
template <class T>
void control_backward(const DncBackwardPlan<T>& plan, int64_t b, int64_t t, const T* d_hidden, T* d_cell,
                      const T* no_hidden) {
  const DncForwardPlan<T>& forward = plan.forward;
  const DncSizes& s = forward.sizes;
  const int64_t row = b * s.time + t, n = s.hidden;
  const T *const gates = forward.gates + row * s.gates_row(), *const scales = forward.scales + row * kNorms;
  T* const sums = plan.d_gates + row * s.gates_row();
  T* const gradient = s.layer_norm ? plan.d_normed + row * s.gates_row() : sums;
  if (!s.lstm) {
    const T* h = forward.states + (b * (s.time + 1) + t + 1) * s.features_row();
    for (int64_t j = 0; j < n; j += kLanes<T>) {
      const auto tanh = load(h + j);
      store_first<T>(gradient + j, load(d_hidden + j) * (1 - tanh * tanh), n - j);
    }
  } else {
    const T* cell = forward.cells + (b * (s.time + 1) + t) * s.hidden_row();
    if (!s.layer_norm) {
      lstm_cell_backward(n, gates, cell, cell + s.hidden_row(), d_hidden, d_cell, gradient);
    } else {
      // h = o tanh(α ∘ ĉ + β): what h gives to c comes through the norm.
      const T *const hat = forward.normed_cells + row * s.hidden_row(), *const output = gates + 3 * n;
      T *const d_shown = plan.d_shown + row * s.hidden_row(), *const room = sums;  // which is written last
      for (int64_t j = 0; j < n; ++j) room[j] = forward.cell_gain[j] * hat[j] + forward.cell_offset[j];
      for (int64_t j = 0; j < n; j += kLanes<T>) {
        const auto tanh = hyperbolic_tangent(load(room + j));
        store_first<T>(room + j, tanh, n - j);
        store_first<T>(d_shown + j, load(d_hidden + j) * load(output + j) * (1 - tanh * tanh), n - j);
      }
      T* const through = room + n;
      normalise_backward(n, d_shown, forward.cell_gain, hat, scales[4], through);
      for (int64_t j = 0; j < n; ++j) d_cell[j] += through[j];
      lstm_cell_backward(n, gates, cell, cell + s.hidden_row(), no_hidden, d_cell, gradient);
      for (int64_t j = 0; j < n; ++j) gradient[3 * n + j] = d_hidden[j] * room[j] * output[j] * (1 - output[j]);
    }
  }
  if (s.layer_norm)
    for (int64_t first = 0, norm = 0; first < s.gates(); first += n, ++norm)
      normalise_backward(n, gradient + first, forward.gain + first,
                         forward.normed_gates + row * s.gates_row() + first, scales[norm], sums + first);
}

/// d gain and d offset of the elements [begin, end) of a norm, from what is behind it and what was normalised.
template <class T>
void norm_gradients(const DncForwardPlan<T>& forward, const T* d_out, const T* hat, int64_t row, int64_t begin,
                    int64_t end, T* d_gain, T* d_offset) {
  for (int64_t j = begin; j < end; ++j) {
    T gain = 0, offset = 0;
    for (int64_t b = 0; b < forward.sizes.batch; ++b) {
      T sequence_gain = 0, sequence_offset = 0;
      for (int64_t t = 0; t < forward.lengths[b]; ++t) {
        const int64_t at = (b * forward.sizes.time + t) * row + j;
        sequence_gain += d_out[at] * hat[at];
        sequence_offset += d_out[at];
      }
      gain += sequence_gain;
      offset += sequence_offset;
    }
    d_gain[j] = gain;
    d_offset[j] = offset;
  }
}

/// All steps of the sequences order[first..first+count), from the last to the first.
template <class T>
void backward_group(const DncBackwardPlan<T>& plan, int64_t first, int64_t count, Team team, T* base) {
  const DncForwardPlan<T>& forward = plan.forward;
  const DncSizes& s = forward.sizes;
  Scratch<T> scratch;
  Scratch<T>::carve(s, count, base, &scratch);
  const int64_t* order = forward.order + first;
  team.alone([&] {  // nothing comes after the last step
    zero(scratch.d_link, count * s.link_size());
    zero(scratch.d_memory, count * s.memory_size());
    zero(scratch.d_read_weights, count * s.heads_row());
    for (T* carried : {scratch.d_write_weights, scratch.d_usage, scratch.d_precedence})
      zero(carried, count * s.slots_row());
    zero(scratch.d_state, count * s.features_row());
    zero(scratch.d_cell, count * s.hidden_row());
    zero(scratch.row_read, s.heads_row());
    zero(scratch.row_write, s.slots_row());
    zero(scratch.no_norms, s.slots_row());
    zero(scratch.no_hidden, s.hidden_row());
  });

  int64_t active = 0;
  for (int64_t t = forward.lengths[order[0]] - 1; t >= 0; --t) {
    while (active < count && forward.lengths[order[active]] > t) ++active;
    const bool segment_ends = t % kDncCheckpointDistance == kDncCheckpointDistance - 1;
    T *d_hidden[kDncGroup], *d_before[kDncGroup];
    const T *d_interface[kDncGroup], *d_gates[kDncGroup];
    for (int64_t r = 0; r < active; ++r) {
      const int64_t row = order[r] * s.time + t;
      d_hidden[r] = scratch.d_state + r * s.features_row();
      d_before[r] = d_hidden[r] + (s.lstm ? 0 : s.hidden);
      d_interface[r] = plan.d_interface + row * s.interface_row();
      d_gates[r] = plan.d_gates + row * s.gates_row();
    }
    const auto multiply = [&](const T* const* rows, int64_t depth, const T* packed, int64_t columns, T* const* out) {
      team.share(columns, kColumnGrain<T>, [&](int64_t begin, int64_t end) {
        T* to[kDncGroup];
        for (int64_t r = 0; r < active; ++r) to[r] = out[r] + begin;
        multiply_accumulate(active, rows, depth, packed + begin * depth, end - begin, to);
      });
      team.wait();
    };

    team.alone([&] {
      for (int64_t r = 0; r < active; ++r) {
        const int64_t row = order[r] * s.time + t;
        if (plan.d_hidden)
          for (int64_t j = 0; j < s.hidden; ++j) d_hidden[r][j] += plan.d_hidden[row * s.hidden + j];
        if (plan.d_reads)
          for (int64_t j = 0; j < s.reads(); ++j) d_hidden[r][s.hidden + j] += plan.d_reads[row * s.reads() + j];
      }
    });
    for (int64_t r = 0; r < active; ++r) {
      const int64_t b = order[r];
      if (segment_ends || t == forward.lengths[b] - 1)
        replay(forward, team, b, r, t / kDncCheckpointDistance * kDncCheckpointDistance, scratch);
      memory_step_backward(s, team, rows_of(plan, b, t, r, scratch), scratch);
    }

    multiply(d_interface, s.interface(), plan.interface_weight, s.hidden, d_hidden);
    team.alone([&] {
      for (int64_t r = 0; r < active; ++r) {
        control_backward(plan, order[r], t, d_hidden[r], scratch.d_cell + r * s.hidden_row(), scratch.no_hidden);
        zero(d_hidden[r], s.features_row());
      }
    });
    if (t > 0) multiply(d_gates, s.gates(), plan.recurrent, s.recurrent(), d_before);
  }
}

}  // namespace

template <class T>
int64_t dnc_backward_scratch(const DncSizes& sizes, int64_t group) {
  Scratch<T> scratch;
  return Scratch<T>::carve(sizes, group, nullptr, &scratch);
}

template <class T>
void dnc_backward(const DncBackwardPlan<T>& plan, int64_t first, int64_t count, T* scratch, int64_t rank, int64_t ranks,
                 int32_t* barrier) {
  backward_group(plan, first, count, Team(rank, ranks, barrier), scratch);
}

template <class T>
void dnc_weight_gradients(const DncBackwardPlan<T>& plan, int64_t first, int64_t count) {
  const DncForwardPlan<T>& forward = plan.forward;
  const DncSizes& s = forward.sizes;
  // Each matrix has a row an element of its left side. The recurrent weight saw the state before each step,
  // the interface weight the one after it.
  const T* before = forward.states + (s.lstm ? 0 : s.hidden);
  const T* after = forward.states + s.features_row();
  const auto products = [&](const T* left, int64_t left_row, const T* right) {
    return StepProducts<T>{left,    left_row, s.time * left_row, right, s.features_row(), (s.time + 1) * s.features_row(),
                           s.batch, forward.lengths};
  };
  const int64_t gates_end = first + count < s.gates() ? first + count : s.gates();
  if (first < gates_end)
    sum_outer_products(products(plan.d_gates, s.gates_row(), before), first, gates_end - first, plan.d_recurrent,
                       s.recurrent());
  if (s.layer_norm && first < gates_end)
    norm_gradients(forward, plan.d_normed, forward.normed_gates, s.gates_row(), first, gates_end, plan.d_gain,
                   plan.d_bias);
  if (s.layer_norm && s.lstm && first < s.hidden)
    norm_gradients(forward, plan.d_shown, forward.normed_cells, s.hidden_row(), first,
                   gates_end < s.hidden ? gates_end : s.hidden, plan.d_cell_gain, plan.d_cell_offset);
  const int64_t begin = first > s.gates() ? first - s.gates() : 0, end = first + count - s.gates();
  if (begin < end) {
    const auto interface = products(plan.d_interface, s.interface_row(), after);
    sum_outer_products(interface, begin, end - begin, plan.d_interface_weight, s.hidden);
    sum_left(interface, begin, end - begin, plan.d_interface_bias);
  }
}

#define MNEME_INSTANTIATE(T)                                                                               \
  template int64_t dnc_backward_scratch<T>(const DncSizes&, int64_t);                                      \
  template void dnc_backward(const DncBackwardPlan<T>&, int64_t, int64_t, T*, int64_t, int64_t, int32_t*); \
  template void dnc_weight_gradients(const DncBackwardPlan<T>&, int64_t, int64_t);
MNEME_INSTANTIATE(float)
MNEME_INSTANTIATE(double)

}  // namespace mneme::CPU_CAPABILITY
