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
  bool record;
};

// Places of the differentiable inputs in the node's arguments.
enum Argument { kInputs, kInputWeight, kInputBias, kRecurrent, kInterfaceWeight, kInterfaceBias, kOutputWeight,
                kOutputBias, kHidden, kCell, kReads, kWeights, kMemory, kArguments };

constexpr int kFirstRecorded = 6;  // of the outputs: the logits and the final state come before

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
  const at::Tensor final_memory = at::empty({s.batch, s.slots, s.width}, options);
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
  const at::Tensor none = at::empty({0}, options);
  variable_list out{logits.narrow(2, 0, s.outputs),
                    s.lstm ? last(plan.states, s.features_row(), 0, 1, 0, s.hidden) : none,
                    s.lstm ? last(plan.cells, s.hidden_row(), 0, 1, 0, s.hidden) : none,
                    last(plan.states, s.features_row(), s.hidden, 1, 0, s.reads()),
                    last(plan.all_weights, s.weights_row(), 0, s.heads(), s.slots_row(), s.slots)
                        .view({s.batch, s.heads(), s.slots}),
                    final_memory};

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

/// `parameters`: input, recurrent, interface and output weight.
template <class T>
variable_list run_backward(const NtmSizes& s, const at::Tensor& scheduled, const at::Tensor& kept,
                           const variable_list& parameters, const variable_list& given, bool inputs_wanted) {
  const auto dtype = kept.scalar_type();
  const auto options = at::TensorOptions().dtype(dtype);
  variable_list d_out(6);  // logits and the final state
  for (size_t i = 0; i < d_out.size(); ++i)
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
  plan.d_input_weight = made(kInputWeight, {s.gates(), s.inputs});
  plan.d_input_bias = made(kInputBias, {s.gates()});
  plan.d_recurrent = made(kRecurrent, {s.gates(), s.recurrent()});
  plan.d_interface_weight = made(kInterfaceWeight, {s.interface(), s.hidden});
  plan.d_interface_bias = made(kInterfaceBias, {s.interface()});
  plan.d_output_weight = made(kOutputWeight, {s.outputs, s.features()});
  plan.d_output_bias = made(kOutputBias, {s.outputs});
  if (s.lstm) plan.d_hidden = made(kHidden, {s.batch, s.hidden});
  if (s.lstm) plan.d_cell = made(kCell, {s.batch, s.hidden});
  plan.d_reads = made(kReads, {s.batch, s.reads()});
  plan.d_weights = made(kWeights, {s.batch, s.heads(), s.slots});
  plan.d_memory = made(kMemory, {s.batch, s.slots, s.width});

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

  if (s.shared_state && s.batch > 1)
    for (const Argument argument : {kHidden, kCell, kReads, kWeights, kMemory})
      if (d_in[argument].defined()) d_in[argument] = d_in[argument].sum(0, true);
  if (inputs_wanted) {
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
                               s.write_heads, s.shift_range, s.lstm, s.shared_state, in[kInputs].requires_grad()};
      context->set_materialize_grads(false);
    }
    if (call.record) context->mark_non_differentiable({out.begin() + kFirstRecorded, out.end()});
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
    variable_list d_in = run(sizes, saved[0], saved[1], parameters, d_out, v[12] != 0);
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
  const variable_list arguments{in.inputs, in.input_weight, in.input_bias, in.recurrent_weight, in.interface_weight,
                                in.interface_bias, in.output_weight, in.output_bias, sizes.lstm ? in.hidden : none,
                                sizes.lstm ? in.cell : none, in.reads, in.weights, in.memory};
  const bool differentiated = std::any_of(arguments.begin(), arguments.end(),
                                          [](const at::Tensor& argument) { return argument.requires_grad(); });
  variable_list out = NtmSequence::apply(
      at::TensorList(arguments),
      Call{sizes, in.lengths, differentiated && at::GradMode::is_enabled(), options.record});
  out.resize(kFirstRecorded + 5);
  return {out[0], sizes.lstm ? out[1] : at::Tensor(), sizes.lstm ? out[2] : at::Tensor(), out[3], out[4], out[5],
          out[6], out[7], out[8], out[9], out[10]};
}

}  // namespace mneme
