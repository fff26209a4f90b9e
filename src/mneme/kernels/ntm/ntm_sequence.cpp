#include "mneme/kernels/ntm/ntm_sequence.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "mneme/core/error.h"
#include "mneme/kernels/ntm/ntm_checks.h"
#include "mneme/kernels/ntm/ntm_plan.h"
#include "mneme/kernels/whole_sequence.h"

namespace mneme {
namespace ntm_operation {  // its own, since every operation has its arguments, call and plan
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Lays out what the forward pass keeps for the backward pass; with a null base, only measures.
template <class T>
int64_t carve_kept(NtmForwardPlan<T>& plan, bool for_backward, T* base) {
  const NtmSizes& s = plan.sizes;
  Carver<T> carver(base);
  const int64_t steps = s.batch * s.time, states = s.batch * (s.time + 1);
  // The weight gradients read whole vectors past the last row.
  carver.take(plan.inputs, steps * s.inputs_row() + kPad);
  carver.take(plan.states, states * s.features_row() + kPad);
  carver.take(plan.cells, s.lstm ? states * s.hidden_row() : 0);
  carver.take(plan.gates, steps * s.gates_row());
  carver.take(plan.interface, steps * s.interface_row());
  carver.take(plan.cosines, steps * s.weights_row());
  carver.take(plan.content, steps * s.weights_row());
  carver.take(plan.all_weights, states * s.weights_row());
  carver.take(plan.inverse_norms, states * s.slots_row());
  if (for_backward) carver.take(plan.checkpoints, s.batch * s.checkpoints() * s.memory_row());
  return carver.used();
}

/// Calls body(first, count) for groups of the ordered sequences, in parallel. Groups of like lengths go to
/// different threads. What a sequence computes does not depend on its group.
template <class Body>
void for_each_group(int64_t batch, Body&& body) {
  const int64_t threads = at::get_num_threads();
  const int64_t size = std::clamp<int64_t>((batch + threads - 1) / threads, 1, kNtmGroup);
  const int64_t groups = (batch + size - 1) / size;
  std::vector<int64_t> dealt;
  for (int64_t thread = 0; thread < threads; ++thread)
    for (int64_t group = thread; group < groups; group += threads) dealt.push_back(group);
  at::parallel_for(0, groups, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) body(dealt[i] * size, std::min(size, batch - dealt[i] * size));
  });
}

/// Fills the rows from each sequence's end on with what `row` holds, or zero.
template <class T>
void fill_past_end(const NtmForwardPlan<T>& plan, T* base, int64_t rows, int64_t row_size, const T* row = nullptr,
                   int64_t count = 0) {
  const int64_t skip = rows - plan.sizes.time;
  for (int64_t b = 0; b < plan.sizes.batch; ++b)
    for (int64_t t = plan.lengths[b]; t < plan.sizes.time; ++t) {
      T* to = base + (b * rows + skip + t) * row_size;
      if (row)
        std::copy(row, row + count, to);
      else
        std::fill(to, to + row_size, T{0});
    }
}

/// What the operation takes beside differentiable tensors.
struct Call {
  NtmSizes sizes;
  at::Tensor lengths;  // int64 [batch] or undefined
  bool for_backward;
  bool weight_logits;  // what the argument kWeights is
  bool final_state;
  bool record;
};

// Places of the differentiable inputs in the node's arguments.
enum Argument { kInputs, kInputWeight, kInputBias, kRecurrent, kInterfaceWeight, kInterfaceBias, kOutputWeight,
                kOutputBias, kHidden, kCell, kReads, kWeights, kMemory, kArguments };

constexpr int kRecorded = 5;  // outputs of the record, which come last

// The state before the first step.
constexpr Argument kState[] = {kHidden, kCell, kReads, kWeights, kMemory};

/// d of the softmax's weights [heads, slots] → d of the logits, in place. `weights` has rows of `row`.
template <class T>
void softmax_backward(const T* weights, int64_t row, const at::Tensor& d) {
  const int64_t slots = d.size(1);
  for (int64_t h = 0; h < d.size(0); ++h, weights += row) {
    T* values = data<T>(d) + h * slots;
    double mean = 0;
    for (int64_t i = 0; i < slots; ++i) mean += static_cast<double>(weights[i]) * values[i];
    for (int64_t i = 0; i < slots; ++i) values[i] = static_cast<T>(weights[i] * (values[i] - mean));
  }
}

template <class T>
NtmForwardPlan<T> plan_of(const NtmSizes& sizes, const at::Tensor& scheduled, const at::Tensor& kept, bool for_backward) {
  NtmForwardPlan<T> plan{};
  plan.sizes = sizes;
  plan.lengths = data<int64_t>(scheduled);
  plan.order = plan.lengths + sizes.batch;
  carve_kept(plan, for_backward, data<T>(kept));
  return plan;
}

template <class T>
variable_list run_forward(const variable_list& in, const Call& call, at::Tensor& scheduled, at::Tensor& kept) {
  const NtmSizes& s = call.sizes;
  const auto dtype = in[kMemory].scalar_type();
  const auto options = at::TensorOptions().dtype(dtype);
  scheduled = schedule(s.batch, s.time, call.lengths);
  NtmForwardPlan<T> measured{};
  measured.sizes = s;
  kept = reusable_memory(carve_kept<T>(measured, call.for_backward, nullptr), dtype);
  NtmForwardPlan<T> plan = plan_of<T>(s, scheduled, kept, call.for_backward);

  variable_list held(kArguments);
  for (int i = 0; i < kArguments; ++i) held[i] = in[i].contiguous();
  if (call.weight_logits) held[kWeights] = held[kWeights].softmax(-1);
  const at::Tensor weights = reusable_memory(packed_size(in[kInputWeight]) + packed_size(in[kRecurrent]) +
                                                 packed_size(in[kInterfaceWeight]) + packed_size(in[kOutputWeight]),
                                             dtype);
  Carver<T> carver(data<T>(weights));
  plan.input_weight = pack(carver, held[kInputWeight], true);
  plan.recurrent = pack(carver, held[kRecurrent], true);
  plan.interface_weight = pack(carver, held[kInterfaceWeight], true);
  plan.output_weight = pack(carver, held[kOutputWeight], true);
  plan.input_bias = data<T>(held[kInputBias]);
  plan.interface_bias = data<T>(held[kInterfaceBias]);
  plan.output_bias = data<T>(held[kOutputBias]);
  plan.hidden = data<T>(held[kHidden]);
  plan.cell = data<T>(held[kCell]);
  plan.reads = data<T>(held[kReads]);
  plan.weights = data<T>(held[kWeights]);
  plan.memory = data<T>(held[kMemory]);
  for (int64_t row = 0; row < s.batch * s.time; ++row)
    std::copy_n(data<T>(held[kInputs]) + row * s.inputs, s.inputs, const_cast<T*>(plan.inputs) + row * s.inputs_row());
  const at::Tensor logits = at::empty({s.batch, s.time, s.outputs_row()}, options);
  const at::Tensor final_memory =
      call.final_state ? at::empty({s.batch, s.slots, s.width}, options) : at::Tensor();
  plan.logits = data<T>(logits);
  plan.final_memory = data<T>(final_memory);

  const int64_t scratch = MNEME_FASTEST(ntm_forward_scratch<T>, s);
  for_each_group(s.batch, [&](int64_t first, int64_t count) {
    MNEME_FASTEST(ntm_forward<T>, plan, first, count, thread_scratch<T>(scratch));
  });

  const auto last = [&](const T* base, int64_t row, int64_t offset, int64_t parts, int64_t stride, int64_t size) {
    at::Tensor out = at::empty({s.batch, parts * size}, options);
    for (int64_t b = 0; b < s.batch; ++b)
      for (int64_t part = 0; part < parts; ++part)
        std::copy_n(base + (b * (s.time + 1) + plan.lengths[b]) * row + offset + part * stride, size,
                    data<T>(out) + (b * parts + part) * size);
    return out;
  };
  variable_list out{logits.narrow(2, 0, s.outputs)};
  if (call.final_state) {
    const at::Tensor none = at::empty({0}, options);
    out.push_back(s.lstm ? last(plan.states, s.features_row(), 0, 1, 0, s.hidden) : none);
    out.push_back(s.lstm ? last(plan.cells, s.hidden_row(), 0, 1, 0, s.hidden) : none);
    out.push_back(last(plan.states, s.features_row(), s.hidden, 1, 0, s.reads()));
    out.push_back(last(plan.all_weights, s.weights_row(), 0, s.heads(), s.slots_row(), s.slots)
                      .view({s.batch, s.heads(), s.slots}));
    out.push_back(final_memory);
  }

  fill_past_end(plan, plan.logits, s.time, s.outputs_row(), plan.output_bias, s.outputs);
  if (!call.record) return out;
  fill_past_end(plan, plan.states, s.time + 1, s.features_row());
  fill_past_end(plan, plan.interface, s.time, s.interface_row());
  fill_past_end(plan, plan.content, s.time, s.weights_row());
  fill_past_end(plan, plan.all_weights, s.time + 1, s.weights_row());
  const auto view = [&](const T* base, int64_t rows, int64_t row, int64_t offset, int64_t size) {
    return kept.narrow(0, base - data<T>(kept), s.batch * rows * row).view({s.batch, rows, row})
        .narrow(1, rows - s.time, s.time).narrow(2, offset, size);
  };
  const auto weightings = [&](const T* base, int64_t rows) {
    return view(base, rows, s.weights_row(), 0, s.weights_row()).unflatten(2, {s.heads(), s.slots_row()})
        .narrow(3, 0, s.slots);
  };
  out.push_back(view(plan.states, s.time + 1, s.features_row(), 0, s.hidden));
  out.push_back(view(plan.states, s.time + 1, s.features_row(), s.hidden, s.reads()));
  out.push_back(view(plan.interface, s.time, s.interface_row(), 0, s.interface()));
  out.push_back(weightings(plan.content, s.time));
  out.push_back(weightings(plan.all_weights, s.time + 1));
  return out;
}

/// What the backward pass makes beside the gradients of the parameters.
struct Wanted {
  bool inputs, memory;
  bool weight_logits;  // instead of weights
  c10::List<std::vector<int64_t>> state;  // shapes of kState
};

/// `parameters`: input, recurrent, interface and output weight.
template <class T>
variable_list run_backward(const NtmSizes& s, const at::Tensor& scheduled, const at::Tensor& kept,
                           const variable_list& parameters, const variable_list& given, const Wanted& wanted) {
  const auto dtype = kept.scalar_type();
  const auto options = at::TensorOptions().dtype(dtype);
  variable_list d_out(6);  // logits and the final state
  for (size_t i = 0; i < given.size() && i < d_out.size(); ++i)
    if (given[i].defined()) d_out[i] = given[i].contiguous();
  if (!d_out[0].defined()) d_out[0] = at::zeros({s.batch, s.time, s.outputs}, options);

  NtmBackwardPlan<T> plan{};
  plan.forward = plan_of<T>(s, scheduled, kept, true);
  const int64_t steps = s.batch * s.time;
  int64_t room = steps * (s.gates_row() + s.interface_row());
  for (const at::Tensor& parameter : parameters) room += packed_size(parameter);
  const at::Tensor block = reusable_memory(room, dtype);
  Carver<T> carver(data<T>(block));
  carver.take(plan.d_gates, steps * s.gates_row());
  carver.take(plan.d_interface, steps * s.interface_row());
  plan.recurrent = pack(carver, parameters[1], false);
  plan.interface_weight = pack(carver, parameters[2], false);
  plan.output_weight = pack(carver, parameters[3], false);
  plan.d_logits = data<T>(d_out[0]);
  plan.d_final_hidden = s.lstm ? data<T>(d_out[1]) : nullptr;
  plan.d_final_cell = s.lstm ? data<T>(d_out[2]) : nullptr;
  plan.d_final_reads = data<T>(d_out[3]);
  plan.d_final_weights = data<T>(d_out[4]);
  plan.d_final_memory = data<T>(d_out[5]);

  variable_list d_in(kArguments);
  const auto made = [&](Argument argument, at::IntArrayRef shape) {
    d_in[argument] = at::empty(shape, options);
    return data<T>(d_in[argument]);
  };
  const bool summed = s.shared_state && s.batch > 1;  // over the sequences
  const auto made_state = [&](size_t part) {
    std::vector<int64_t> shape = wanted.state[part];
    if (summed) shape.insert(shape.begin(), s.batch);
    return made(kState[part], shape);
  };
  plan.d_input_weight = made(kInputWeight, {s.gates(), s.inputs});
  plan.d_input_bias = made(kInputBias, {s.gates()});
  plan.d_recurrent = made(kRecurrent, {s.gates(), s.recurrent()});
  plan.d_interface_weight = made(kInterfaceWeight, {s.interface(), s.hidden});
  plan.d_interface_bias = made(kInterfaceBias, {s.interface()});
  plan.d_output_weight = made(kOutputWeight, {s.outputs, s.features()});
  plan.d_output_bias = made(kOutputBias, {s.outputs});
  if (s.lstm) plan.d_hidden = made_state(0);
  if (s.lstm) plan.d_cell = made_state(1);
  plan.d_reads = made_state(2);
  plan.d_weights = made_state(3);
  if (wanted.memory) plan.d_memory = made_state(4);

  const int64_t scratch = MNEME_FASTEST(ntm_backward_scratch<T>, s);
  for_each_group(s.batch, [&](int64_t first, int64_t count) {
    MNEME_FASTEST(ntm_backward<T>, plan, first, count, thread_scratch<T>(scratch));
  });
  constexpr int64_t kRows = 8;  // of a weight gradient, for one task
  const int64_t rows = s.gates() + s.interface() + s.outputs;
  at::parallel_for(0, (rows + kRows - 1) / kRows, 1, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * kRows, count = std::min(end * kRows, rows) - first;
    MNEME_FASTEST(ntm_weight_gradients<T>, plan, first, count);
  });

  if (summed)
    for (const Argument argument : kState)
      if (d_in[argument].defined()) d_in[argument] = d_in[argument].sum(0);
  // The weights before the first step are those of all sequences.
  if (wanted.weight_logits) softmax_backward(plan.forward.all_weights, s.slots_row(), d_in[kWeights]);
  if (wanted.inputs) {
    fill_past_end(plan.forward, plan.d_gates, s.time, s.gates_row());
    const at::Tensor d_gates = block.narrow(0, 0, steps * s.gates_row()).view({s.batch, s.time, s.gates_row()});
    d_in[kInputs] = at::matmul(d_gates.narrow(2, 0, s.gates()), parameters[0]);
  }
  return d_in;
}

/// The autograd node. It takes no undefined tensor: an empty one stands for what a controller does not have.
class NtmSequence : public torch::autograd::Function<NtmSequence> {
 public:
  static variable_list forward(AutogradContext* context, at::TensorList in, const Call& call) {
    at::Tensor scheduled, kept;
    const variable_list arguments(in.begin(), in.end());
    const bool single = in[kMemory].scalar_type() == at::kFloat;
    variable_list out = single ? run_forward<float>(arguments, call, scheduled, kept)
                               : run_forward<double>(arguments, call, scheduled, kept);
    if (call.for_backward) {
      context->save_for_backward({scheduled, kept, in[kInputWeight], in[kRecurrent], in[kInterfaceWeight],
                                  in[kOutputWeight]});
      const NtmSizes& s = call.sizes;
      context->saved_data["sizes"] =
          std::vector<int64_t>{s.batch, s.time, s.inputs, s.outputs, s.hidden, s.slots, s.width, s.read_heads,
                               s.write_heads, s.shift_range, s.lstm, s.shared_state, in[kInputs].requires_grad(),
                               in[kMemory].requires_grad(), call.weight_logits};
      c10::List<std::vector<int64_t>> shapes;
      for (const Argument argument : kState) shapes.push_back(in[argument].sizes().vec());
      context->saved_data["state"] = shapes;
      context->set_materialize_grads(false);
    }
    if (call.record) context->mark_non_differentiable({out.end() - kRecorded, out.end()});
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& d_out) {
    if (at::GradMode::is_enabled())
      throw Error("ntm_sequence: a second derivative was asked for, the fused operation has only the first; "
                  "expected Path::composite");
    const variable_list saved = context->get_saved_variables();
    const auto v = context->saved_data["sizes"].toIntVector();
    const NtmSizes sizes{v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10] != 0, v[11] != 0};
    const variable_list parameters(saved.begin() + 2, saved.end());
    const auto run = saved[1].scalar_type() == at::kFloat ? run_backward<float> : run_backward<double>;
    const Wanted wanted{v[12] != 0, v[13] != 0, v[14] != 0,
                        context->saved_data["state"].to<c10::List<std::vector<int64_t>>>()};
    variable_list d_in = run(sizes, saved[0], saved[1], parameters, d_out, wanted);
    d_in.emplace_back();  // the call has none
    return d_in;
  }
};

}  // namespace
}  // namespace ntm_operation

NtmSequenceOutputs ntm_sequence(const NtmSequenceInputs& in, const NtmSequenceOptions& options) {
  using namespace ntm_operation;
  const NtmSizes sizes = checked_ntm_sizes(in, options);
  const at::Tensor none = at::empty({0}, in.memory.options().requires_grad(false));
  const variable_list arguments{in.inputs,
                                in.input_weight,
                                in.input_bias,
                                in.recurrent_weight,
                                in.interface_weight,
                                in.interface_bias,
                                in.output_weight,
                                in.output_bias,
                                sizes.lstm ? in.hidden : none,
                                sizes.lstm ? in.cell : none,
                                in.reads,
                                in.weight_logits.defined() ? in.weight_logits : in.weights,
                                in.memory};
  const bool differentiated = at::GradMode::is_enabled() &&
                              std::any_of(arguments.begin(), arguments.end(),
                                          [](const at::Tensor& argument) { return argument.requires_grad(); });
  const variable_list out = NtmSequence::apply(
      at::TensorList(arguments), Call{sizes, in.lengths, differentiated, in.weight_logits.defined(),
                                      options.final_state, options.record});
  NtmSequenceOutputs outputs;
  size_t next = 0;
  outputs.logits = out[next++];
  if (options.final_state) {
    for (at::Tensor* place : {&outputs.final_hidden, &outputs.final_cell, &outputs.final_reads, &outputs.final_weights,
                              &outputs.final_memory})
      *place = out[next++];
    if (!sizes.lstm) outputs.final_hidden = outputs.final_cell = at::Tensor();
  }
  if (options.record)
    for (at::Tensor* place : {&outputs.hidden, &outputs.reads, &outputs.interface, &outputs.content_weights,
                              &outputs.weights})
      *place = out[next++];
  return outputs;
}

}  // namespace mneme
