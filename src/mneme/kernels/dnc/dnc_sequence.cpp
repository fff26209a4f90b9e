#include "mneme/kernels/dnc/dnc_sequence.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "mneme/core/error.h"
#include "mneme/kernels/dnc/dnc_checks.h"
#include "mneme/kernels/whole_sequence.h"

namespace mneme {
namespace dnc_operation {  // its own, since every operation has its arguments, call and plan
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Lays out what the forward pass keeps for the backward pass; with a null base, only measures.
template <class T>
int64_t carve_kept(DncForwardPlan<T>& plan, bool for_backward, T* base) {
  const DncSizes& s = plan.sizes;
  Carver<T> carver(base);
  const int64_t steps = s.batch * s.time, states = s.batch * (s.time + 1);
  carver.take(plan.states, states * s.features_row() + kPad);  // the weight gradients read past the last row
  carver.take(plan.cells, s.lstm ? states * s.hidden_row() : 0);
  carver.take(plan.gates, steps * s.gates_row());
  carver.take(plan.interface, steps * s.interface_row());
  carver.take(plan.read_weights, states * s.heads_row());
  for (T** rows : {&plan.write_weights, &plan.usage, &plan.inverse_norms}) carver.take(*rows, states * s.slots_row());
  carver.take(plan.precedence, s.content_only ? 0 : states * s.slots_row());
  for (T** rows : {&plan.allocation, &plan.write_cosines, &plan.write_content}) carver.take(*rows, steps * s.slots_row());
  for (T** rows : {&plan.read_cosines, &plan.read_content}) carver.take(*rows, steps * s.heads_row());
  for (T** rows : {&plan.forward_weights, &plan.backward_weights})
    carver.take(*rows, s.content_only ? 0 : steps * s.heads_row());
  for (T** rows : {&plan.sharp_forward, &plan.sharp_backward})
    carver.take(*rows, s.sharpened_links ? steps * s.heads_row() : 0);
  carver.take(plan.write_masked_norms, s.masked_keys ? steps * s.slots_row() : 0);
  carver.take(plan.read_masked_norms, s.masked_keys ? steps * s.heads_row() : 0);
  carver.take(plan.normed_gates, s.layer_norm ? steps * s.gates_row() : 0);
  carver.take(plan.normed_cells, s.layer_norm ? steps * s.hidden_row() : 0);
  carver.take(plan.scales, s.layer_norm ? steps * kNorms : 0);
  carver.take(plan.retention, s.clear_freed ? steps * s.slots_row() : 0);
  if (for_backward) {
    carver.take(plan.links, s.batch * s.checkpoints() * s.link_size());
    carver.take(plan.memories, s.batch * s.checkpoints() * s.memory_size());
  }
  T* free_list;
  carver.take(free_list, steps * s.slots);  // as many elements of half the size or the same
  plan.free_list = reinterpret_cast<int32_t*>(free_list);
  return carver.used();
}

/// How the sequences are dealt to threads: groups that step together, and where there are fewer groups than
/// threads, a team of threads for each.
struct Teams {
  int64_t group, groups, ranks;
};

/// Sequences that step together share the weights' way through the caches, but crowd out each other's links (or, where
/// there are none, memories).
constexpr int64_t kBytesOfGroup = 512 << 10;

Teams teams_for(const DncSizes& s, size_t element_bytes) {
  const int64_t threads = at::in_parallel_region() ? 1 : at::get_num_threads(), batch = s.batch;
  const int64_t fitting =
      kBytesOfGroup / ((s.content_only ? s.memory_size() : s.link_size()) * static_cast<int64_t>(element_bytes));
  const int64_t most = std::clamp<int64_t>(fitting, 2, kDncGroup);
  const int64_t group = std::clamp<int64_t>((batch + threads - 1) / threads, 1, most);
  const int64_t groups = (batch + group - 1) / group;
  return {group, groups, std::max<int64_t>(1, threads / groups)};
}

/// body(first, count, scratch, rank, ranks, barrier) for every group by every member of its team.
template <class T, class Body>
void for_each_team(int64_t batch, const Teams& teams, int64_t scratch_size, Body&& body) {
  const auto count = [&](int64_t group) { return std::min(teams.group, batch - group * teams.group); };
  if (teams.ranks == 1) {
    at::parallel_for(0, teams.groups, 1, [&](int64_t begin, int64_t end) {
      int32_t alone[3] = {0, 0, 0};
      for (int64_t group = begin; group < end; ++group)
        body(group * teams.group, count(group), thread_scratch<T>(scratch_size), 0, 1, alone);
    });
    return;
  }
  // Members wait for each other, so each must have a thread of its own.
  const at::Tensor scratch = reusable_memory(teams.groups * padded(scratch_size), c10::CppTypeToScalarType<T>::value);
  std::vector<int32_t> barriers(static_cast<size_t>(teams.groups) * kPad, 0);
  const int64_t members = teams.groups * teams.ranks;
  at::parallel_for(0, members, 1, [&](int64_t begin, int64_t end) {
    const bool alone = end - begin == members && members > 1;  // no threads were given
    for (int64_t member = begin; member < end; ++member) {
      const int64_t group = member / teams.ranks, rank = member % teams.ranks;
      if (alone && rank > 0) continue;
      body(group * teams.group, count(group), data<T>(scratch) + group * padded(scratch_size), rank,
           alone ? 1 : teams.ranks, barriers.data() + group * kPad);
    }
  });
}

/// What the operation takes beside differentiable tensors.
struct Call {
  DncSizes sizes;
  at::Tensor lengths;     // int64 [batch] or undefined
  DncSequenceInputs start;
  bool for_backward, record, final_state;
};

// Places of the differentiable inputs in the node's arguments.
enum Argument {
  kGateInputs,
  kRecurrent,
  kInterfaceWeight,
  kInterfaceBias,
  kGain,  // from here on only with layer_norm, from kCellGain on only of an LSTM
  kBias,
  kCellGain,
  kCellOffset
};

size_t arguments_of(const DncSizes& sizes) {
  if (!sizes.layer_norm) return kGain;
  return sizes.lstm ? kCellOffset + 1 : kCellGain;
}

constexpr int kDifferentiable = 2;  // of the outputs: hidden and reads

template <class T>
DncForwardPlan<T> plan_of(const DncSizes& sizes, const at::Tensor& scheduled, const at::Tensor& kept,
                          bool for_backward) {
  DncForwardPlan<T> plan{};
  plan.sizes = sizes;
  plan.lengths = data<int64_t>(scheduled);
  plan.order = plan.lengths + sizes.batch;
  carve_kept(plan, for_backward, data<T>(kept));
  return plan;
}

/// `norms`: the arguments from kGain on, contiguous.
template <class T>
void set_norms(DncForwardPlan<T>& plan, const variable_list& norms) {
  size_t next = 0;
  for (const T** place : {&plan.gain, &plan.bias, &plan.cell_gain, &plan.cell_offset})
    *place = next < norms.size() ? data<T>(norms[next++]) : nullptr;
}

/// Sets the rows past each sequence's end to zero.
template <class T>
void zero_past_end(const DncForwardPlan<T>& plan, T* base, int64_t rows, int64_t row_size) {
  const int64_t skip = rows - plan.sizes.time;
  for (int64_t b = 0; b < plan.sizes.batch; ++b)
    std::fill(base + (b * rows + skip + plan.lengths[b]) * row_size, base + (b + 1) * rows * row_size, T{0});
}

template <class T>
variable_list run_forward(const variable_list& in, const Call& call, at::Tensor& scheduled, at::Tensor& kept) {
  const DncSizes& s = call.sizes;
  const auto dtype = in[kGateInputs].scalar_type();
  const auto options = at::TensorOptions().dtype(dtype);
  scheduled = schedule(s.batch, s.time, call.lengths);
  DncForwardPlan<T> measured{};
  measured.sizes = s;
  kept = reusable_memory(carve_kept<T>(measured, call.for_backward, nullptr), dtype);
  DncForwardPlan<T> plan = plan_of<T>(s, scheduled, kept, call.for_backward);

  variable_list held;
  for (const at::Tensor& argument : in) held.push_back(argument.contiguous());
  const at::Tensor weights = reusable_memory(packed_size(in[kRecurrent]) + packed_size(in[kInterfaceWeight]), dtype);
  Carver<T> carver(data<T>(weights));
  plan.gate_inputs = data<T>(held[kGateInputs]);
  plan.recurrent = pack(carver, held[kRecurrent], true);
  plan.interface_weight = pack(carver, held[kInterfaceWeight], true);
  plan.interface_bias = data<T>(held[kInterfaceBias]);
  set_norms(plan, variable_list(held.begin() + kGain, held.end()));
  DncSequenceInputs start = call.start;
  const auto given = [](at::Tensor& tensor) {
    if (tensor.defined()) tensor = tensor.contiguous();
    return static_cast<const T*>(data<T>(tensor));
  };
  plan.hidden = given(start.hidden);
  plan.cell = given(start.cell);
  plan.reads = given(start.reads);
  plan.start_read_weights = given(start.read_weights);
  plan.start_write_weights = given(start.write_weights);
  plan.start_usage = given(start.usage);
  plan.start_precedence = given(start.precedence);
  plan.start_link = given(start.link);
  plan.start_memory = given(start.memory);
  at::Tensor final_link, final_memory;
  if (call.final_state) {
    final_memory = at::empty({s.batch, s.slots, s.width}, options);
    if (!s.content_only) {
      final_link = at::empty({s.batch, s.slots, s.slots}, options);
      plan.final_link = data<T>(final_link);
    }
    plan.final_memory = data<T>(final_memory);
  }

  const Teams teams = teams_for(s, sizeof(T));
  for_each_team<T>(s.batch, teams, MNEME_FASTEST(dnc_forward_scratch<T>, s, teams.group),
                   [&](int64_t first, int64_t count, T* scratch, int64_t rank, int64_t ranks, int32_t* barrier) {
                     MNEME_FASTEST(dnc_forward<T>, plan, first, count, scratch, rank, ranks, barrier);
                   });

  zero_past_end(plan, plan.states, s.time + 1, s.features_row());
  const auto view = [&](const T* base, int64_t rows, int64_t row, int64_t offset, int64_t size) {
    return kept.narrow(0, base - data<T>(kept), s.batch * rows * row)
        .view({s.batch, rows, row})
        .narrow(1, rows - s.time, s.time)
        .narrow(2, offset, size);
  };
  variable_list out{view(plan.states, s.time + 1, s.features_row(), 0, s.hidden).clone(),
                    view(plan.states, s.time + 1, s.features_row(), s.hidden, s.reads()).clone()};
  const auto last = [&](const T* base, int64_t row, int64_t offset, int64_t parts, int64_t stride, int64_t size) {
    at::Tensor result = at::empty({s.batch, parts * size}, options);
    for (int64_t b = 0; b < s.batch; ++b)
      for (int64_t part = 0; part < parts; ++part)
        std::copy_n(base + (b * (s.time + 1) + plan.lengths[b]) * row + offset + part * stride, size,
                    data<T>(result) + (b * parts + part) * size);
    return result;
  };
  if (call.final_state) {
    const at::Tensor none = at::empty({0}, options);
    out.push_back(s.lstm ? last(plan.states, s.features_row(), 0, 1, 0, s.hidden) : none);
    out.push_back(s.lstm ? last(plan.cells, s.hidden_row(), 0, 1, 0, s.hidden) : none);
    out.push_back(last(plan.states, s.features_row(), s.hidden, 1, 0, s.reads()));
    out.push_back(last(plan.read_weights, s.heads_row(), 0, s.read_heads, s.slots_row(), s.slots)
                      .view({s.batch, s.read_heads, s.slots}));
    for (const T* rows : {plan.write_weights, plan.usage}) out.push_back(last(rows, s.slots_row(), 0, 1, 0, s.slots));
    out.push_back(s.content_only ? none : last(plan.precedence, s.slots_row(), 0, 1, 0, s.slots));
    out.push_back(s.content_only ? none : final_link);
    out.push_back(final_memory);
  }
  if (call.record) {
    const auto slots = [&](T* base, int64_t rows) {
      zero_past_end(plan, base, rows, s.slots_row());
      out.push_back(view(base, rows, s.slots_row(), 0, s.slots));
    };
    zero_past_end(plan, plan.interface, s.time, s.interface_row());
    out.push_back(view(plan.interface, s.time, s.interface_row(), 0, s.interface()));
    slots(plan.usage, s.time + 1);
    slots(plan.allocation, s.time);
    slots(plan.write_weights, s.time + 1);
    zero_past_end(plan, plan.read_weights, s.time + 1, s.heads_row());
    out.push_back(view(plan.read_weights, s.time + 1, s.heads_row(), 0, s.heads_row())
                      .unflatten(2, {s.read_heads, s.slots_row()})
                      .narrow(3, 0, s.slots));
  }
  return out;
}

/// `parameters`: recurrent and interface weight, then the arguments from kGain on.
template <class T>
variable_list run_backward(const DncSizes& s, const at::Tensor& scheduled, const at::Tensor& kept,
                           const variable_list& parameters, const variable_list& given) {
  const auto dtype = kept.scalar_type();
  const auto options = at::TensorOptions().dtype(dtype);
  variable_list d_out(kDifferentiable);
  for (size_t i = 0; i < d_out.size(); ++i)
    if (given[i].defined()) d_out[i] = given[i].contiguous();

  DncBackwardPlan<T> plan{};
  plan.forward = plan_of<T>(s, scheduled, kept, true);
  const int64_t steps = s.batch * s.time;
  int64_t room = steps * (s.gates_row() + s.interface_row()) + packed_size(parameters[0]) + packed_size(parameters[1]);
  if (s.layer_norm) room += steps * (s.gates_row() + s.hidden_row());
  const at::Tensor block = reusable_memory(room, dtype);
  Carver<T> carver(data<T>(block));
  carver.take(plan.d_gates, steps * s.gates_row());
  carver.take(plan.d_interface, steps * s.interface_row());
  carver.take(plan.d_normed, s.layer_norm ? steps * s.gates_row() : 0);
  carver.take(plan.d_shown, s.layer_norm ? steps * s.hidden_row() : 0);
  plan.recurrent = pack(carver, parameters[0], false);
  plan.interface_weight = pack(carver, parameters[1], false);
  plan.d_hidden = data<T>(d_out[0]);
  plan.d_reads = data<T>(d_out[1]);

  variable_list norms;
  for (size_t i = 2; i < parameters.size(); ++i) norms.push_back(parameters[i].contiguous());
  set_norms(plan.forward, norms);

  variable_list d_in(arguments_of(s));
  const auto made = [&](Argument argument, at::IntArrayRef shape) {
    d_in[argument] = at::empty(shape, options);
    return data<T>(d_in[argument]);
  };
  plan.d_recurrent = made(kRecurrent, {s.gates(), s.recurrent()});
  plan.d_interface_weight = made(kInterfaceWeight, {s.interface(), s.hidden});
  plan.d_interface_bias = made(kInterfaceBias, {s.interface()});
  if (s.layer_norm) {
    plan.d_gain = made(kGain, {s.gates()});
    plan.d_bias = made(kBias, {s.gates()});
  }
  if (s.layer_norm && s.lstm) {
    plan.d_cell_gain = made(kCellGain, {s.hidden});
    plan.d_cell_offset = made(kCellOffset, {s.hidden});
  }

  const Teams teams = teams_for(s, sizeof(T));
  for_each_team<T>(s.batch, teams, MNEME_FASTEST(dnc_backward_scratch<T>, s, teams.group),
                   [&](int64_t first, int64_t count, T* scratch, int64_t rank, int64_t ranks, int32_t* barrier) {
                     MNEME_FASTEST(dnc_backward<T>, plan, first, count, scratch, rank, ranks, barrier);
                   });
  constexpr int64_t kRows = 8;  // of a weight gradient, for one task
  const int64_t rows = s.gates() + s.interface();
  at::parallel_for(0, (rows + kRows - 1) / kRows, 1, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * kRows, count = std::min(end * kRows, rows) - first;
    MNEME_FASTEST(dnc_weight_gradients<T>, plan, first, count);
  });
  zero_past_end(plan.forward, plan.d_gates, s.time, s.gates_row());
  d_in[kGateInputs] = block.narrow(0, 0, steps * s.gates_row())
                          .view({s.batch, s.time, s.gates_row()})
                          .narrow(2, 0, s.gates())
                          .contiguous();
  return d_in;
}

class DncSequence : public torch::autograd::Function<DncSequence> {
 public:
  static variable_list forward(AutogradContext* context, at::TensorList in, const Call& call) {
    at::Tensor scheduled, kept;
    const variable_list arguments(in.begin(), in.end());
    const bool single = in[kGateInputs].scalar_type() == at::kFloat;
    variable_list out = single ? run_forward<float>(arguments, call, scheduled, kept)
                               : run_forward<double>(arguments, call, scheduled, kept);
    if (call.for_backward) {
      variable_list saved{scheduled, kept, in[kRecurrent], in[kInterfaceWeight]};
      saved.insert(saved.end(), in.begin() + kGain, in.end());
      context->save_for_backward(saved);
      const DncSizes& s = call.sizes;
      context->saved_data["sizes"] =
          std::vector<int64_t>{s.batch, s.time, s.hidden, s.slots, s.width, s.read_heads, s.lstm,
                               s.masked_keys, s.clear_freed, s.sharpened_links, s.content_only, s.layer_norm};
      context->set_materialize_grads(false);
    }
    context->mark_non_differentiable({out.begin() + kDifferentiable, out.end()});
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& d_out) {
    if (at::GradMode::is_enabled())
      throw Error("dnc_sequence: a second derivative was asked for, the fused operation has only the first; "
                  "expected Path::composite");
    const variable_list saved = context->get_saved_variables();
    const auto v = context->saved_data["sizes"].toIntVector();
    const DncSizes sizes{v[0],      v[1],      v[2],      v[3],      v[4],      v[5],
                         v[6] != 0, v[7] != 0, v[8] != 0, v[9] != 0, v[10] != 0, v[11] != 0};
    const variable_list parameters(saved.begin() + 2, saved.end());
    const auto run = saved[1].scalar_type() == at::kFloat ? run_backward<float> : run_backward<double>;
    variable_list d_in = run(sizes, saved[0], saved[1], parameters, d_out);
    d_in.emplace_back();  // the call has none
    return d_in;
  }
};

}  // namespace
}  // namespace dnc_operation

DncSequenceOutputs dnc_sequence(const DncSequenceInputs& in, const DncSequenceOptions& options) {
  using namespace dnc_operation;
  const DncSizes sizes = checked_dnc_sizes(in, options);
  variable_list arguments{in.gate_inputs,    in.recurrent_weight, in.interface_weight, in.interface_bias,
                          in.gain,           in.bias,             in.cell_gain,        in.cell_offset};
  arguments.resize(arguments_of(sizes));
  const bool differentiated = at::GradMode::is_enabled() &&
                              std::any_of(arguments.begin(), arguments.end(),
                                          [](const at::Tensor& argument) { return argument.requires_grad(); });
  const variable_list out =
      DncSequence::apply(at::TensorList(arguments),
                         Call{sizes, in.lengths, in, differentiated, options.record, options.final_state});
  DncSequenceOutputs outputs;
  outputs.hidden = out[0];
  outputs.reads = out[1];
  size_t next = kDifferentiable;
  if (options.final_state) {
    for (at::Tensor* place :
         {&outputs.final_hidden, &outputs.final_cell, &outputs.final_reads, &outputs.final_read_weights,
          &outputs.final_write_weights, &outputs.final_usage, &outputs.final_precedence, &outputs.final_link,
          &outputs.final_memory})
      *place = out[next++];
    if (!sizes.lstm) outputs.final_hidden = outputs.final_cell = at::Tensor();
    if (sizes.content_only) outputs.final_precedence = outputs.final_link = at::Tensor();
  }
  if (options.record)
    for (at::Tensor* place : {&outputs.interface, &outputs.usage, &outputs.allocation, &outputs.write_weights,
                              &outputs.read_weights})
      *place = out[next++];
  return outputs;
}

}  // namespace mneme
