#include "mneme/kernels/lstm_window/lstm_window.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "mneme/core/error.h"
#include "mneme/kernels/lstm_window/lstm_window_checks.h"
#include "mneme/kernels/lstm_window/lstm_window_plan.h"
#include "mneme/kernels/whole_sequence.h"

namespace mneme {
namespace lstm_operation {  // its own, since every operation has its arguments, call and plan
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Places of the differentiable inputs in the node's arguments.
enum Argument { kInputs, kInputWeight, kBias, kRecurrent, kWindowWeight, kWindowBias, kArguments };

/// What the operation takes beside differentiable tensors.
struct Call {
  LstmWindowSizes sizes;
  at::Tensor lengths, context, context_lengths;  // int64
  double clip;
};

/// Lays out what the forward pass keeps; with a null base, only measures.
template <class T>
int64_t carve_kept(LstmWindowForward<T>& plan, T* base) {
  const LstmWindowSizes& s = plan.sizes;
  Carver<T> carver(base);
  const int64_t steps = s.time * s.batch, states = (s.time + 1) * s.batch;
  carver.take(plan.gates, steps * s.gates_row());
  carver.take(plan.states, states * s.state_row());
  carver.take(plan.cells, states * s.hidden_row());
  carver.take(plan.shaping, s.tokens > 0 ? states * s.shaping_row() : 0);
  return carver.used();
}

template <class T>
LstmWindowForward<T> plan_of(const Call& call, const at::Tensor& scheduled, const at::Tensor& kept) {
  LstmWindowForward<T> plan{};
  plan.sizes = call.sizes;
  plan.lengths = data<int64_t>(scheduled);
  plan.order = plan.lengths + call.sizes.batch;
  plan.context = data<int64_t>(call.context);
  plan.context_lengths = data<int64_t>(call.context_lengths);
  carve_kept(plan, data<T>(kept));
  return plan;
}

/// The part [first, first + size) of rows that lie in a kept buffer, as a matrix [rows, size].
template <class T>
at::Tensor matrix(const at::Tensor& block, const T* base, int64_t rows, int64_t row, int64_t size, int64_t first = 0) {
  return block.narrow(0, base - data<T>(block), rows * row).view({rows, row}).narrow(1, first, size);
}

/// Calls body(first, count) for groups of the ordered sequences, in parallel. What a sequence computes does not
/// depend on its group.
template <class Body>
void for_each_group(int64_t batch, Body&& body) {
  const int64_t threads = at::get_num_threads();
  const int64_t size = std::clamp<int64_t>((batch + threads - 1) / threads, 1, kLstmGroup);
  at::parallel_for(0, (batch + size - 1) / size, 1, [&](int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) body(group * size, std::min(size, batch - group * size));
  });
}

/// Zeros from each sequence's end on.
template <class T>
void clear_past_end(const LstmWindowForward<T>& plan, T* base, int64_t row) {
  const LstmWindowSizes& s = plan.sizes;
  for (int64_t b = 0; b < s.batch; ++b)
    for (int64_t t = plan.lengths[b]; t < s.time; ++t) std::fill_n(base + (t * s.batch + b) * row, row, T{0});
}

template <class T>
variable_list run_forward(const variable_list& in, const Call& call, at::Tensor& scheduled, at::Tensor& kept) {
  const LstmWindowSizes& s = call.sizes;
  const auto dtype = in[kInputs].scalar_type();
  scheduled = schedule(s.batch, s.time, call.lengths);
  LstmWindowForward<T> measured{};
  measured.sizes = s;
  kept = reusable_memory(carve_kept<T>(measured, nullptr), dtype);
  LstmWindowForward<T> plan = plan_of<T>(call, scheduled, kept);
  std::fill_n(plan.states, s.batch * s.state_row(), T{0});
  std::fill_n(plan.cells, s.batch * s.hidden_row(), T{0});
  if (s.tokens > 0) std::fill_n(plan.shaping, s.batch * s.shaping_row(), T{0});

  const int64_t steps = s.time * s.batch;
  at::Tensor gates = matrix(kept, plan.gates, steps, s.gates_row(), s.gates());
  at::addmm_out(gates, in[kBias], in[kInputs].flatten(0, 1), in[kInputWeight].t());

  const at::Tensor weights = reusable_memory(
      packed_size(in[kRecurrent]) + (s.tokens > 0 ? packed_size(in[kWindowWeight]) : 0), dtype);
  Carver<T> carver(data<T>(weights));
  plan.recurrent = pack(carver, in[kRecurrent], true);
  if (s.tokens > 0) plan.window_weight = pack(carver, in[kWindowWeight], true);
  const at::Tensor window_bias = s.tokens > 0 ? in[kWindowBias].contiguous() : at::Tensor();
  plan.window_bias = data<T>(window_bias);
  for_each_group(s.batch, [&](int64_t first, int64_t count) {
    MNEME_FASTEST(lstm_window_forward<T>, plan, first, count, thread_scratch<T>(lstm_window_scratch(s)));
  });
  clear_past_end(plan, plan.states + s.batch * s.state_row(), s.state_row());
  const T* states = plan.states + s.batch * s.state_row();
  const auto over_time = [&](const at::Tensor& rows) { return rows.unflatten(0, {s.time, s.batch}); };
  variable_list out{over_time(matrix(kept, states, steps, s.state_row(), s.hidden))};
  if (s.tokens == 0) return out;
  clear_past_end(plan, plan.shaping + s.batch * s.shaping_row(), s.shaping_row());
  out.push_back(over_time(matrix(kept, states, steps, s.state_row(), s.tokens, s.hidden)));
  out.push_back(over_time(
      matrix<T>(kept, plan.shaping + s.batch * s.shaping_row(), steps, s.shaping_row(), 4 * s.gaussians)));
  return out;
}

/// `parameters`: the inputs, the input, recurrent and window weight.
template <class T>
variable_list run_backward(const Call& call, const at::Tensor& scheduled, const at::Tensor& kept,
                           const variable_list& parameters, const variable_list& given, bool inputs_wanted) {
  const LstmWindowSizes& s = call.sizes;
  const at::Tensor &inputs = parameters[0], &input_weight = parameters[1], &recurrent = parameters[2],
                   &window_weight = parameters[3];
  LstmWindowBackward<T> plan{};
  plan.forward = plan_of<T>(call, scheduled, kept);
  plan.clip = static_cast<T>(call.clip);
  const int64_t steps = s.time * s.batch;
  const at::Tensor block = reusable_memory(steps * (s.gates_row() + s.raw_row()) + packed_size(recurrent) +
                                               (s.tokens > 0 ? packed_size(window_weight) : 0),
                                           kept.scalar_type());
  Carver<T> carver(data<T>(block));
  carver.take(plan.d_gates, steps * s.gates_row());
  carver.take(plan.d_raw, steps * s.raw_row());
  plan.recurrent = pack(carver, recurrent, false);
  if (s.tokens > 0) plan.window_weight = pack(carver, window_weight, false);
  const auto contiguous = [](const at::Tensor& tensor) { return tensor.defined() ? tensor.contiguous() : tensor; };
  const at::Tensor d_hidden = contiguous(given[0]), d_window = s.tokens > 0 ? contiguous(given[1]) : at::Tensor();
  plan.d_hidden = data<T>(d_hidden);
  plan.d_window = data<T>(d_window);
  clear_past_end(plan.forward, plan.d_gates, s.gates_row());
  clear_past_end(plan.forward, plan.d_raw, s.raw_row());
  for_each_group(s.batch, [&](int64_t first, int64_t count) {
    MNEME_FASTEST(lstm_window_backward<T>, plan, first, count, thread_scratch<T>(lstm_window_scratch(s)));
  });

  const at::Tensor d_gates = matrix<T>(block, plan.d_gates, steps, s.gates_row(), s.gates());
  variable_list d_in(kArguments);
  if (inputs_wanted) d_in[kInputs] = at::mm(d_gates, input_weight).unflatten(0, {s.time, s.batch});
  d_in[kInputWeight] = at::mm(d_gates.t(), inputs.flatten(0, 1));
  d_in[kBias] = d_gates.sum(0);
  d_in[kRecurrent] = at::mm(d_gates.t(), matrix<T>(kept, plan.forward.states, steps, s.state_row(), s.recurrent()));
  if (s.tokens == 0) return d_in;
  const at::Tensor d_raw = matrix<T>(block, plan.d_raw, steps, s.raw_row(), s.raw());
  const T* after = plan.forward.states + s.batch * s.state_row();
  d_in[kWindowWeight] = at::mm(d_raw.t(), matrix<T>(kept, after, steps, s.state_row(), s.hidden));
  d_in[kWindowBias] = d_raw.sum(0);
  return d_in;
}

/// The autograd node. It takes no undefined tensor: an empty one stands for what a layer does not have.
class LstmWindow : public torch::autograd::Function<LstmWindow> {
 public:
  static variable_list forward(AutogradContext* context, at::TensorList in, const Call& call) {
    at::Tensor scheduled, kept;
    const variable_list arguments(in.begin(), in.end());
    const bool single = in[kInputs].scalar_type() == at::kFloat;
    variable_list out = single ? run_forward<float>(arguments, call, scheduled, kept)
                               : run_forward<double>(arguments, call, scheduled, kept);
    if (out.size() > 1) context->mark_non_differentiable({out[2]});
    context->save_for_backward({scheduled, kept, call.context, call.context_lengths, in[kInputs], in[kInputWeight],
                                in[kRecurrent], in[kWindowWeight]});
    const LstmWindowSizes& s = call.sizes;
    context->saved_data["sizes"] = std::vector<int64_t>{s.time,   s.batch,     s.features,   s.hidden,
                                                        s.tokens, s.gaussians, s.characters, in[kInputs].requires_grad()};
    context->saved_data["clip"] = call.clip;
    context->set_materialize_grads(false);
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& given) {
    if (at::GradMode::is_enabled())
      throw Error("lstm_window: a second derivative was asked for, the fused operation has only the first; "
                  "expected Path::composite");
    const variable_list saved = context->get_saved_variables();
    const auto v = context->saved_data["sizes"].toIntVector();
    const Call call{{v[0], v[1], v[2], v[3], v[4], v[5], v[6]}, {}, saved[2], saved[3],
                    context->saved_data["clip"].toDouble()};
    const variable_list parameters(saved.begin() + 4, saved.end());
    const auto run = saved[1].scalar_type() == at::kFloat ? run_backward<float> : run_backward<double>;
    variable_list d_in = run(call, saved[0], saved[1], parameters, given, v[7] != 0);
    d_in.emplace_back();  // the call has none
    return d_in;
  }
};

}  // namespace
}  // namespace lstm_operation

LstmWindowOutputs lstm_window(const LstmWindowInputs& in) {
  using namespace lstm_operation;
  Call call{checked_lstm_window_sizes(in), in.lengths, {}, {}, in.clip};
  const bool window = in.tokens > 0;
  const at::Tensor none = at::empty({0}, in.inputs.options().requires_grad(false));
  call.context = window ? in.context.contiguous() : at::empty({0}, at::kLong);
  call.context_lengths = window && in.context_lengths.defined()
                             ? in.context_lengths.contiguous()
                             : at::full({call.sizes.batch}, call.sizes.characters, at::kLong);
  const variable_list arguments{in.inputs.contiguous(),
                                in.input_weight,
                                in.bias,
                                in.recurrent_weight,
                                window ? in.window_weight : none,
                                window ? in.window_bias : none};
  variable_list out = LstmWindow::apply(at::TensorList(arguments), call);
  out.resize(3);
  return {out[0], out[1], out[2]};
}

}  // namespace mneme
