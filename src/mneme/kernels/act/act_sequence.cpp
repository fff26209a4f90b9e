#include "mneme/kernels/act/act_sequence.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <atomic>
#include <vector>

#include "mneme/core/error.h"
#include "mneme/kernels/act/act_checks.h"
#include "mneme/kernels/act/act_plan.h"
#include "mneme/kernels/whole_sequence.h"

namespace mneme {
namespace act_operation {  // its own, since every operation has its arguments, call and plan
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Inner steps a step that there was room for the last time it sufficed. Only a guess of how much memory to take: where
/// it is too little the forward pass begins anew with twice as much.
std::atomic<int64_t> roomy_inner_steps = 2;

/// Lays out what the forward pass keeps for the backward pass; with a null base, only measures.
template <class T>
int64_t carve_kept(ActForwardPlan<T>& plan, T* base) {
  const ActSizes& s = plan.sizes;
  const int64_t records = s.chunks() * s.capacity;
  Carver<T> carver(base);
  carver.take(plan.gates, records * s.gates_row());
  carver.take(plan.before, records * s.hidden_row());
  if (s.lstm) carver.take(plan.after, records * s.hidden_row());
  carver.take(plan.cells, s.lstm ? records * s.hidden_row() : 0);
  carver.take(plan.mean_cell, s.lstm ? s.batch * s.time * s.hidden_row() : 0);
  carver.take(plan.cell, s.lstm ? s.batch * s.hidden_row() : 0);
  carver.take(plan.halting_weight, s.hidden_row());
  carver.take(plan.halting, records);
  carver.take(plan.weights, records);
  if (!s.lstm) plan.after = plan.gates;
  return carver.used();
}

template <class T>
int64_t carve_numbers(ActForwardPlan<T>& plan, int64_t* base) {
  const ActSizes& s = plan.sizes;
  Carver<int64_t> carver(base);
  carver.take(plan.last_records, s.batch * s.time);
  carver.take(plan.previous, s.chunks() * s.capacity);
  carver.take(plan.records, s.chunks());
  return carver.used();
}

/// What the forward pass leaves for the backward pass.
struct Kept {
  at::Tensor scheduled;  // see schedule()
  at::Tensor numbers;    // int64
  at::Tensor values;
};

template <class T>
ActForwardPlan<T> plan_of(const ActSizes& sizes, const Kept& kept) {
  ActForwardPlan<T> plan{};
  plan.sizes = sizes;
  plan.lengths = data<int64_t>(kept.scheduled);
  plan.order = plan.lengths + sizes.batch;
  carve_kept(plan, data<T>(kept.values));
  carve_numbers(plan, data<int64_t>(kept.numbers));
  return plan;
}

/// [rows, size] → rows with room for whole vectors, filled up with zeros.
template <class T>
void copy_padded(const at::Tensor& from, int64_t rows, int64_t size, int64_t row, T* to) {
  const at::Tensor contiguous = from.contiguous();
  for (int64_t i = 0; i < rows; ++i, to += row) {
    std::copy_n(data<T>(contiguous) + i * size, size, to);
    std::fill(to + size, to + row, T{0});
  }
}

// Places of the differentiable inputs in the node's arguments.
enum Argument { kInputGates, kFlag, kRecurrent, kHaltingWeight, kHaltingBias, kHidden, kCell, kArguments };

// And of the results.
enum Result { kMean, kPonder, kFinalHidden, kFinalCell, kSteps, kResults };

/// What the operation takes beside differentiable tensors.
struct Call {
  ActSizes sizes;
  double epsilon;
  at::Tensor lengths;  // int64 [batch] or undefined
};

template <class T>
variable_list run_forward(const at::TensorList in, Call& call, Kept& kept) {
  ActSizes& s = call.sizes;
  const auto dtype = in[kRecurrent].scalar_type();
  const auto options = at::TensorOptions().dtype(dtype);
  kept.scheduled = schedule(s.batch, s.time, call.lengths);

  // What does not depend on the room for records.
  const int64_t packed = packed_size(in[kRecurrent]);
  const at::Tensor block =
      reusable_memory(packed + s.gates_row() + kPad + s.batch * s.hidden_row() + s.batch * s.time, dtype);
  Carver<T> carver(data<T>(block));
  const T* const recurrent = pack(carver, in[kRecurrent], true);
  T *flag, *hidden, *remainders;
  carver.take(flag, s.gates_row());
  carver.take(hidden, s.batch * s.hidden_row());
  carver.take(remainders, s.batch * s.time);
  copy_padded(in[kFlag], 1, s.gates(), s.gates_row(), flag);
  copy_padded(in[kHidden], s.batch, s.hidden, s.hidden_row(), hidden);
  const at::Tensor input_gates = in[kInputGates].contiguous(), halting_bias = in[kHaltingBias].contiguous();
  const at::Tensor means = at::empty({s.batch, s.time, s.hidden_row()}, options);
  const at::Tensor ponder = at::zeros({s.batch, s.time}, options), steps = at::zeros({s.batch, s.time}, at::kLong);

  ActForwardPlan<T> plan{};
  for (int64_t room = roomy_inner_steps;; room *= 2) {
    s.capacity = std::min(room, s.max_steps) * std::min(kActChunk, s.batch) * s.time;
    ActForwardPlan<T> measured{};
    measured.sizes = s;
    kept.values = reusable_memory(carve_kept<T>(measured, nullptr), dtype);
    kept.numbers = reusable_memory(carve_numbers<T>(measured, nullptr), at::kLong);
    plan = plan_of<T>(s, kept);
    plan.epsilon = static_cast<T>(call.epsilon);
    plan.input_gates = data<T>(input_gates);
    plan.flag = flag;
    plan.recurrent = recurrent;
    plan.halting_bias = data<T>(halting_bias);
    plan.hidden = hidden;
    plan.mean_hidden = data<T>(means);
    plan.remainders = remainders;
    plan.steps = data<int64_t>(steps);
    copy_padded(in[kHaltingWeight], 1, s.hidden, s.hidden_row(), const_cast<T*>(plan.halting_weight));
    if (s.lstm) copy_padded(in[kCell], s.batch, s.hidden, s.hidden_row(), const_cast<T*>(plan.cell));
    std::atomic<bool> fits = true;
    at::parallel_for(0, s.chunks(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t chunk = begin; chunk < end; ++chunk)
        if (!MNEME_FASTEST(act_forward<T>, plan, chunk)) fits = false;
    });
    if (!fits) continue;
    roomy_inner_steps = room;
    break;
  }

  const at::Tensor final_hidden = at::empty({s.batch, s.hidden}, options);
  const at::Tensor final_cell = at::empty({s.lstm ? s.batch : 0, s.hidden}, options);
  for (int64_t b = 0; b < s.batch; ++b) {
    const int64_t last = b * s.time + plan.lengths[b] - 1;
    std::copy_n(plan.mean_hidden + last * s.hidden_row(), s.hidden, data<T>(final_hidden) + b * s.hidden);
    if (s.lstm) std::copy_n(plan.mean_cell + last * s.hidden_row(), s.hidden, data<T>(final_cell) + b * s.hidden);
    std::fill(plan.mean_hidden + (last + 1) * s.hidden_row(), plan.mean_hidden + (b + 1) * s.time * s.hidden_row(), T{0});
    for (int64_t at = b * s.time; at <= last; ++at)
      data<T>(ponder)[at] = static_cast<T>(plan.steps[at]) + remainders[at];
  }
  return {means.narrow(2, 0, s.hidden), ponder, final_hidden, final_cell, steps};
}

/// Sum over the chunks, in order whatever the number of threads.
template <class T>
at::Tensor sum_of_chunks(const T* parts, int64_t chunks, int64_t row, int64_t size, const at::TensorOptions& options) {
  at::Tensor sum = at::zeros({size}, options);
  for (int64_t chunk = 0; chunk < chunks; ++chunk)
    for (int64_t j = 0; j < size; ++j) data<T>(sum)[j] += parts[chunk * row + j];
  return sum;
}

template <class T>
variable_list run_backward(const ActSizes& s, const Kept& kept, const at::Tensor& recurrent,
                           const variable_list& given) {
  const auto dtype = recurrent.scalar_type();
  const auto options = at::TensorOptions().dtype(dtype);
  variable_list d_out(kSteps);
  for (size_t i = 0; i < d_out.size(); ++i)
    if (given[i].defined()) d_out[i] = given[i].contiguous();

  ActBackwardPlan<T> plan{};
  plan.forward = plan_of<T>(s, kept);
  const int64_t chunks = s.chunks(), records = chunks * s.capacity;
  const int64_t sums = chunks * (s.gates_row() + s.hidden_row() + 1) + 3 * kPad;
  const at::Tensor block = reusable_memory(packed_size(recurrent) + records * s.gates_row() + sums + kPad, dtype);
  Carver<T> carver(data<T>(block));
  plan.recurrent = pack(carver, recurrent, false);
  carver.take(plan.d_flag, chunks * s.gates_row());
  carver.take(plan.d_halting_weight, chunks * s.hidden_row());
  carver.take(plan.d_halting_bias, chunks);
  std::fill(plan.d_flag, data<T>(block) + carver.used(), T{0});
  carver.take(plan.d_gates, records * s.gates_row());
  plan.d_mean = data<T>(d_out[kMean]);
  plan.d_ponder = data<T>(d_out[kPonder]);
  plan.d_final_hidden = data<T>(d_out[kFinalHidden]);
  plan.d_final_cell = s.lstm ? data<T>(d_out[kFinalCell]) : nullptr;

  variable_list d_in(kArguments);
  d_in[kInputGates] = at::zeros({s.batch, s.time, s.gates()}, options);
  d_in[kRecurrent] = at::empty({s.gates(), s.hidden}, options);
  d_in[kHidden] = at::empty({s.batch, s.hidden}, options);
  if (s.lstm) d_in[kCell] = at::empty({s.batch, s.hidden}, options);
  plan.d_input_gates = data<T>(d_in[kInputGates]);
  plan.d_recurrent = data<T>(d_in[kRecurrent]);
  plan.d_hidden = data<T>(d_in[kHidden]);
  plan.d_cell = data<T>(d_in[kCell]);

  const int64_t scratch = MNEME_FASTEST(act_backward_scratch<T>, s);
  at::parallel_for(0, chunks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t chunk = begin; chunk < end; ++chunk)
      MNEME_FASTEST(act_backward<T>, plan, chunk, thread_scratch<T>(scratch));
  });
  constexpr int64_t kRows = 8;  // of a weight gradient, for one task
  at::parallel_for(0, (s.gates() + kRows - 1) / kRows, 1, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * kRows, count = std::min(end * kRows, s.gates()) - first;
    MNEME_FASTEST(act_weight_gradient<T>, plan, first, count);
  });
  d_in[kFlag] = sum_of_chunks(plan.d_flag, chunks, s.gates_row(), s.gates(), options);
  d_in[kHaltingWeight] = sum_of_chunks(plan.d_halting_weight, chunks, s.hidden_row(), s.hidden, options);
  d_in[kHaltingBias] = sum_of_chunks(plan.d_halting_bias, chunks, 1, 1, options);
  return d_in;
}

/// The autograd node. It takes no undefined tensor: an empty one stands for the cell of a tanh unit.
class ActSequence : public torch::autograd::Function<ActSequence> {
 public:
  static variable_list forward(AutogradContext* context, at::TensorList in, Call call) {
    Kept kept;
    const bool single = in[kRecurrent].scalar_type() == at::kFloat;
    variable_list out = single ? run_forward<float>(in, call, kept) : run_forward<double>(in, call, kept);
    context->save_for_backward({kept.scheduled, kept.numbers, kept.values, in[kRecurrent]});
    const ActSizes& s = call.sizes;
    context->saved_data["sizes"] =
        std::vector<int64_t>{s.batch, s.time, s.hidden, s.max_steps, s.capacity, s.lstm};
    context->set_materialize_grads(false);
    context->mark_non_differentiable({out[kSteps]});
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& d_out) {
    if (at::GradMode::is_enabled())
      throw Error("act_sequence: a second derivative was asked for, the fused operation has only the first; "
                  "expected Path::composite");
    const variable_list saved = context->get_saved_variables();
    const auto v = context->saved_data["sizes"].toIntVector();
    const ActSizes sizes{v[0], v[1], v[2], v[3], v[4], v[5] != 0};
    const Kept kept{saved[0], saved[1], saved[2]};
    const auto run = saved[3].scalar_type() == at::kFloat ? run_backward<float> : run_backward<double>;
    variable_list d_in = run(sizes, kept, saved[3], d_out);
    d_in.emplace_back();  // the call has none
    return d_in;
  }
};

}  // namespace
}  // namespace act_operation

ActSequenceOutputs act_sequence(const ActSequenceInputs& in, const ActSequenceOptions& options) {
  using namespace act_operation;
  const ActSizes sizes = checked_act_sizes(in, options);
  const at::Tensor none = at::empty({0}, in.recurrent_weight.options().requires_grad(false));
  const variable_list arguments{in.input_gates,    in.flag,   in.recurrent_weight,          in.halting_weight,
                                in.halting_bias, in.hidden, sizes.lstm ? in.cell : none};
  variable_list out = ActSequence::apply(at::TensorList(arguments), Call{sizes, options.epsilon, in.lengths});
  return {out[kMean], out[kPonder], out[kFinalHidden], sizes.lstm ? out[kFinalCell] : at::Tensor(), out[kSteps]};
}

}  // namespace mneme
