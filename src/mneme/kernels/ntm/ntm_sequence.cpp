#include "mneme/kernels/ntm/ntm_sequence.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/kernels/instruction_set.h"
#include "mneme/kernels/ntm/ntm_plan.h"

namespace mneme {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

#if defined(__x86_64__)
#define MNEME_FASTEST(function, ...)                                              \
  (instruction_set() == InstructionSet::avx512 ? AVX512::function(__VA_ARGS__)    \
   : instruction_set() == InstructionSet::avx2 ? AVX2::function(__VA_ARGS__)      \
                                               : DEFAULT::function(__VA_ARGS__))
#else
#define MNEME_FASTEST(function, ...) DEFAULT::function(__VA_ARGS__)
#endif

/// Memory of this thread for a kernel's intermediate values. Kept between calls: fresh pages cost more than
/// the arithmetic of a short sequence.
template <class T>
T* thread_scratch(int64_t size) {
  constexpr size_t kAlignment = 64;
  thread_local std::vector<char> bytes;
  if (bytes.size() < size * sizeof(T) + kAlignment) bytes.resize(size * sizeof(T) + kAlignment);
  const auto address = reinterpret_cast<uintptr_t>(bytes.data());
  return reinterpret_cast<T*>((address + kAlignment - 1) / kAlignment * kAlignment);
}

/// Everything that one call needs beside its arguments, kept for the backward pass.
struct Buffers {
  at::Tensor order, lengths;  // int64 [batch]
  at::Tensor states, cells, gates, interface, cosines, content, all_weights, inverse_norms, checkpoints;

  static constexpr size_t kCount = 11;
  variable_list list() const {
    return {order, lengths, states, cells, gates, interface, cosines, content, all_weights, inverse_norms, checkpoints};
  }
  static Buffers from(const variable_list& v, size_t at) {
    return {v[at], v[at + 1], v[at + 2], v[at + 3], v[at + 4], v[at + 5],
            v[at + 6], v[at + 7], v[at + 8], v[at + 9], v[at + 10]};
  }
};

Buffers allocate(const NtmSizes& s, const at::TensorOptions& options, bool for_backward) {
  const auto rows = [&](int64_t steps, int64_t size) { return at::empty({s.batch, steps, size}, options); };
  Buffers buffers;
  // The weight gradients read whole vectors past the last row.
  buffers.states = at::empty({s.batch * (s.time + 1) * s.features_row() + kNtmPad}, options);
  buffers.cells = s.lstm ? rows(s.time + 1, s.hidden_row()) : at::empty({0}, options);
  buffers.gates = rows(s.time, s.gates_row());
  buffers.interface = rows(s.time, s.interface_row());
  buffers.cosines = rows(s.time, s.weights_row());
  buffers.content = rows(s.time, s.weights_row());
  buffers.all_weights = rows(s.time + 1, s.weights_row());
  buffers.inverse_norms = rows(s.time + 1, s.slots_row());
  buffers.checkpoints = for_backward ? rows(s.checkpoints(), s.memory_row()) : at::empty({0}, options);
  return buffers;
}

template <class T>
T* data(const at::Tensor& tensor) {
  return tensor.defined() ? const_cast<T*>(tensor.const_data_ptr<T>()) : nullptr;
}

/// Sequences by length, the longest first, so that those still running are a prefix.
void set_order(const NtmSizes& s, const at::Tensor& given, Buffers& buffers) {
  const auto whole = at::TensorOptions().dtype(at::kLong);
  buffers.lengths = given.defined() ? given.contiguous() : at::full({s.batch}, s.time, whole);
  buffers.order = at::empty({s.batch}, whole);
  const int64_t* lengths = buffers.lengths.const_data_ptr<int64_t>();
  int64_t* order = buffers.order.mutable_data_ptr<int64_t>();
  std::iota(order, order + s.batch, 0);
  std::stable_sort(order, order + s.batch, [&](int64_t a, int64_t b) { return lengths[a] > lengths[b]; });
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
    for (int64_t i = begin; i < end; ++i)
      body(dealt[i] * size, std::min(size, batch - dealt[i] * size));
  });
}

/// Zeroes the rows past each sequence's end of a tensor [batch, time or more, …].
template <class T>
void clear_past_end(const at::Tensor& tensor, const Buffers& buffers, int64_t first_row) {
  const int64_t rows = tensor.size(1), row = tensor.stride(1);
  const int64_t* lengths = buffers.lengths.const_data_ptr<int64_t>();
  for (int64_t b = 0; b < tensor.size(0); ++b) {
    T* sequence = data<T>(tensor) + b * tensor.stride(0);
    std::fill(sequence + (first_row + lengths[b]) * row, sequence + rows * row, T{0});
  }
}

template <class T>
at::Tensor packed(const at::Tensor& weight, int64_t depth, int64_t columns, bool transposed) {
  const at::Tensor contiguous = weight.contiguous();
  at::Tensor out = at::empty({depth * ntm_padded(columns)}, weight.options());
  MNEME_FASTEST(ntm_pack<T>, data<T>(contiguous), depth, columns, transposed ? 1 : columns, transposed ? depth : 1,
                data<T>(out));
  return out;
}

template <class T>
NtmForwardPlan<T> plan_of(const NtmSizes& sizes, const Buffers& buffers) {
  NtmForwardPlan<T> plan{};
  plan.sizes = sizes;
  plan.order = data<int64_t>(buffers.order);
  plan.lengths = data<int64_t>(buffers.lengths);
  plan.states = data<T>(buffers.states);
  plan.cells = data<T>(buffers.cells);
  plan.gates = data<T>(buffers.gates);
  plan.interface = data<T>(buffers.interface);
  plan.cosines = data<T>(buffers.cosines);
  plan.content = data<T>(buffers.content);
  plan.all_weights = data<T>(buffers.all_weights);
  plan.inverse_norms = data<T>(buffers.inverse_norms);
  plan.checkpoints = buffers.checkpoints.numel() ? data<T>(buffers.checkpoints) : nullptr;
  return plan;
}

/// The state after each sequence's last step, from a [batch, time + 1, row] buffer.
template <class T>
at::Tensor last_rows(const NtmSizes& s, const Buffers& buffers, const at::Tensor& from, int64_t row, int64_t offset,
                     int64_t count) {
  at::Tensor out = at::empty({s.batch, count}, from.options());
  const int64_t* lengths = data<int64_t>(buffers.lengths);
  for (int64_t b = 0; b < s.batch; ++b) {
    const T* source = data<T>(from) + (b * (s.time + 1) + lengths[b]) * row + offset;
    std::copy(source, source + count, data<T>(out) + b * count);
  }
  return out;
}

template <class T>
variable_list run_forward(const NtmSizes& s, const NtmSequenceInputs& in, Buffers& buffers) {
  NtmForwardPlan<T> plan = plan_of<T>(s, buffers);
  const at::Tensor recurrent = packed<T>(in.recurrent_weight, s.recurrent(), s.gates(), true);
  const at::Tensor interface_weight = packed<T>(in.interface_weight, s.hidden, s.interface(), true);
  at::Tensor held[] = {in.input_gates.contiguous(), in.interface_bias.contiguous(), in.reads.contiguous(),
                       in.weights.contiguous(), in.memory.contiguous()};
  const at::Tensor hidden = s.lstm ? in.hidden.contiguous() : at::Tensor();
  const at::Tensor cell = s.lstm ? in.cell.contiguous() : at::Tensor();
  plan.recurrent = data<T>(recurrent);
  plan.interface_weight = data<T>(interface_weight);
  plan.input_gates = data<T>(held[0]);
  plan.interface_bias = data<T>(held[1]);
  plan.reads = data<T>(held[2]);
  plan.weights = data<T>(held[3]);
  plan.memory = data<T>(held[4]);
  plan.hidden = data<T>(hidden);
  plan.cell = data<T>(cell);
  const auto options = in.memory.options();
  const at::Tensor features = at::empty({s.batch, s.time, s.features()}, options);
  const at::Tensor memory = at::empty({s.batch, s.slots, s.width}, options);
  plan.features = data<T>(features);
  plan.final_memory = data<T>(memory);

  const int64_t scratch = MNEME_FASTEST(ntm_forward_scratch<T>, s);
  for_each_group(s.batch, [&](int64_t first, int64_t count) {
    MNEME_FASTEST(ntm_forward<T>, plan, first, count, thread_scratch<T>(scratch));
  });

  clear_past_end<T>(features, buffers, 0);
  clear_past_end<T>(buffers.interface, buffers, 0);
  clear_past_end<T>(buffers.content, buffers, 0);
  const auto weights_of = [&](const at::Tensor& buffer, int64_t steps) {
    return buffer.view({s.batch, steps, s.heads(), s.slots_row()}).narrow(1, steps - s.time, s.time).narrow(3, 0, s.slots);
  };
  at::Tensor weights = at::empty({s.batch, s.heads(), s.slots}, options);
  for (int64_t h = 0; h < s.heads(); ++h)
    weights.select(1, h).copy_(last_rows<T>(s, buffers, buffers.all_weights, s.weights_row(), h * s.slots_row(), s.slots));
  clear_past_end<T>(buffers.all_weights, buffers, 1);
  return {features,
          s.lstm ? last_rows<T>(s, buffers, buffers.states, s.features_row(), 0, s.hidden) : at::empty({0}, options),
          s.lstm ? last_rows<T>(s, buffers, buffers.cells, s.hidden_row(), 0, s.hidden) : at::empty({0}, options),
          last_rows<T>(s, buffers, buffers.states, s.features_row(), s.hidden, s.reads()),
          weights,
          memory,
          buffers.interface.narrow(2, 0, s.interface()),
          weights_of(buffers.content, s.time),
          weights_of(buffers.all_weights, s.time + 1)};
}

template <class T>
variable_list run_backward(const NtmSizes& s, const Buffers& buffers, const at::Tensor& recurrent_weight,
                           const at::Tensor& interface_weight, const variable_list& given) {
  const auto options = recurrent_weight.options();
  const auto made = [&](at::IntArrayRef shape) { return at::empty(shape, options); };
  variable_list d_out(6);  // features and the final state
  for (size_t i = 0; i < 6; ++i)
    if (given[i].defined()) d_out[i] = given[i].contiguous();
  if (!d_out[0].defined()) d_out[0] = at::zeros({s.batch, s.time, s.features()}, options);

  NtmBackwardPlan<T> plan{};
  plan.forward = plan_of<T>(s, buffers);
  const at::Tensor recurrent = packed<T>(recurrent_weight, s.gates(), s.recurrent(), false);
  const at::Tensor interface = packed<T>(interface_weight, s.interface(), s.hidden, false);
  plan.recurrent = data<T>(recurrent);
  plan.interface_weight = data<T>(interface);
  plan.d_features = data<T>(d_out[0]);
  plan.d_final_hidden = s.lstm ? data<T>(d_out[1]) : nullptr;
  plan.d_final_cell = s.lstm ? data<T>(d_out[2]) : nullptr;
  plan.d_final_reads = data<T>(d_out[3]);
  plan.d_final_weights = data<T>(d_out[4]);
  plan.d_final_memory = data<T>(d_out[5]);
  const at::Tensor d_gates = made({s.batch, s.time, s.gates_row()});
  const at::Tensor d_interface = made({s.batch, s.time, s.interface_row()});
  const at::Tensor d_recurrent = made({s.gates(), s.recurrent()}), d_weight = made({s.interface(), s.hidden});
  const at::Tensor d_bias = made({s.interface()});
  const at::Tensor d_hidden = s.lstm ? made({s.batch, s.hidden}) : at::Tensor();
  const at::Tensor d_cell = s.lstm ? made({s.batch, s.hidden}) : at::Tensor();
  const at::Tensor d_reads = made({s.batch, s.reads()}), d_weights = made({s.batch, s.heads(), s.slots});
  const at::Tensor d_memory = made({s.batch, s.slots, s.width});
  plan.d_gates = data<T>(d_gates);
  plan.d_interface = data<T>(d_interface);
  plan.d_recurrent = data<T>(d_recurrent);
  plan.d_interface_weight = data<T>(d_weight);
  plan.d_interface_bias = data<T>(d_bias);
  plan.d_hidden = data<T>(d_hidden);
  plan.d_cell = data<T>(d_cell);
  plan.d_reads = data<T>(d_reads);
  plan.d_weights = data<T>(d_weights);
  plan.d_memory = data<T>(d_memory);

  const int64_t scratch = MNEME_FASTEST(ntm_backward_scratch<T>, s);
  for_each_group(s.batch, [&](int64_t first, int64_t count) {
    MNEME_FASTEST(ntm_backward<T>, plan, first, count, thread_scratch<T>(scratch));
  });
  constexpr int64_t kRows = 8;  // of a weight gradient, for one task
  const int64_t rows = s.gates() + s.interface();
  at::parallel_for(0, (rows + kRows - 1) / kRows, 1, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * kRows, count = std::min(end * kRows, rows) - first;
    MNEME_FASTEST(ntm_weight_gradients<T>, plan, first, count);
  });
  clear_past_end<T>(d_gates, buffers, 0);
  return {d_gates.narrow(2, 0, s.gates()), d_recurrent, d_weight, d_bias, d_hidden, d_cell, d_reads, d_weights, d_memory};
}

/// What the operation takes beside differentiable tensors.
struct Call {
  NtmSizes sizes;
  at::Tensor lengths;  // int64 [batch] or undefined
  bool for_backward;
};

/// The autograd node. It takes no undefined tensor: an empty one stands for what a controller does not have.
class NtmSequence : public torch::autograd::Function<NtmSequence> {
 public:
  static variable_list forward(AutogradContext* context, at::Tensor input_gates, at::Tensor recurrent_weight,
                               at::Tensor interface_weight, at::Tensor interface_bias, at::Tensor hidden,
                               at::Tensor cell, at::Tensor reads, at::Tensor weights, at::Tensor memory,
                               const Call& call) {
    const NtmSizes& sizes = call.sizes;
    const NtmSequenceInputs in{input_gates, call.lengths, recurrent_weight, interface_weight, interface_bias,
                               hidden, cell, reads, weights, memory};
    Buffers buffers = allocate(sizes, memory.options().requires_grad(false), call.for_backward);
    set_order(sizes, call.lengths, buffers);
    variable_list out = memory.scalar_type() == at::kFloat ? run_forward<float>(sizes, in, buffers)
                                                           : run_forward<double>(sizes, in, buffers);
    if (call.for_backward) {
      variable_list saved = buffers.list();
      saved.push_back(recurrent_weight);
      saved.push_back(interface_weight);
      context->save_for_backward(saved);
      context->saved_data["sizes"] = std::vector<int64_t>{
          sizes.batch, sizes.time, sizes.hidden, sizes.slots, sizes.width, sizes.read_heads, sizes.write_heads,
          sizes.shift_range, sizes.lstm};
      context->set_materialize_grads(false);
    }
    context->mark_non_differentiable({out[6], out[7], out[8]});
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& d_out) {
    if (at::GradMode::is_enabled())
      throw Error("ntm_sequence: a second derivative was asked for, the fused operation has only the first; "
                  "expected Path::composite");
    const variable_list saved = context->get_saved_variables();
    const auto v = context->saved_data["sizes"].toIntVector();
    const NtmSizes sizes{v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8] != 0};
    const Buffers buffers = Buffers::from(saved, 0);
    const at::Tensor &recurrent = saved[Buffers::kCount], &interface = saved[Buffers::kCount + 1];
    variable_list d_in = recurrent.scalar_type() == at::kFloat
                             ? run_backward<float>(sizes, buffers, recurrent, interface, d_out)
                             : run_backward<double>(sizes, buffers, recurrent, interface, d_out);
    d_in.resize(10);  // the call has none
    return d_in;
  }
};

NtmSizes checked_sizes(const NtmSequenceInputs& in, const NtmSequenceOptions& options) {
  ShapeCheck check("ntm_sequence");
  const bool lstm = options.controller == NtmController::lstm;
  check.expect("memory", in.memory, "batch slots width")
      .bind("heads", options.read_heads + options.write_heads, "NtmSequenceOptions")
      .expect("weights", in.weights, "batch heads slots")
      .bind("reads", options.read_heads * check.size("width"), "NtmSequenceOptions")
      .expect("reads", in.reads, "batch reads")
      .expect("interface_weight", in.interface_weight, "interface hidden");
  NtmSizes s{check.size("batch"), 0, check.size("hidden"), check.size("slots"), check.size("width"),
             options.read_heads, options.write_heads, options.shift_range, lstm};
  check.bind("gates", s.gates(), "interface_weight").bind("recurrent", s.recurrent(), "NtmSequenceOptions");
  ShapeCheck("ntm_sequence").bind("interface", s.interface(), "NtmSequenceOptions")
      .expect("interface_weight", in.interface_weight, "interface hidden");
  check.expect("interface_bias", in.interface_bias, "interface")
      .expect("input_gates", in.input_gates, "batch time gates")
      .expect("recurrent_weight", in.recurrent_weight, "gates recurrent");
  if (lstm) check.expect("hidden", in.hidden, "batch hidden").expect("cell", in.cell, "batch hidden");
  s.time = check.size("time");
  if (in.lengths.defined()) {
    check.expect("lengths", in.lengths, "batch");
    if (in.lengths.scalar_type() != at::kLong)
      throw Error("ntm_sequence: lengths is " + dtype_text(in.lengths.scalar_type()) + ", expected int64");
    const int64_t low = s.batch ? in.lengths.min().item<int64_t>() : 1, high = s.batch ? in.lengths.max().item<int64_t>() : 1;
    if (low < 1 || high > s.time)
      throw Error("ntm_sequence: lengths go from " + std::to_string(low) + " to " + std::to_string(high) +
                  ", expected 1 to time=" + std::to_string(s.time));
  }
  return s;
}

}  // namespace

std::string ntm_sequence_obstacles(const NtmSequenceInputs& in, const NtmSequenceOptions& options) {
  std::string reasons;
  const auto reason = [&](const std::string& text) { reasons += (reasons.empty() ? "" : "\n") + text; };
  if (!in.memory.defined()) return "memory is undefined";
  if (!in.memory.device().is_cpu()) reason("memory is on " + in.memory.device().str() + ", the kernel runs on the cpu");
  const auto dtype = in.memory.scalar_type();
  if (dtype != at::kFloat && dtype != at::kDouble)
    reason("memory is " + dtype_text(dtype) + ", the kernel takes float32 and float64");
  if (options.read_heads < 1) reason("read_heads is " + std::to_string(options.read_heads) + ", the kernel needs 1 or more");
  if (options.write_heads < 1)
    reason("write_heads is " + std::to_string(options.write_heads) + ", the kernel needs 1 or more");
  if (options.shift_range < 0) reason("shift_range is " + std::to_string(options.shift_range) + ", expected 0 or more");
  return reasons;
}

NtmSequenceOutputs ntm_sequence(const NtmSequenceInputs& in, const NtmSequenceOptions& options) {
  const std::string obstacles = ntm_sequence_obstacles(in, options);
  if (!obstacles.empty()) throw Error("ntm_sequence: cannot run:\n" + obstacles);
  const NtmSizes sizes = checked_sizes(in, options);
  bool for_backward = false;
  for (const at::Tensor& tensor : {in.input_gates, in.recurrent_weight, in.interface_weight, in.interface_bias,
                                   in.hidden, in.cell, in.reads, in.weights, in.memory})
    for_backward |= tensor.defined() && tensor.requires_grad();
  for_backward &= at::GradMode::is_enabled();
  const at::Tensor none = at::empty({0}, in.memory.options().requires_grad(false));
  const at::Tensor &hidden = sizes.lstm ? in.hidden : none, &cell = sizes.lstm ? in.cell : none;
  const variable_list out =
      NtmSequence::apply(in.input_gates, in.recurrent_weight, in.interface_weight, in.interface_bias, hidden, cell,
                         in.reads, in.weights, in.memory, Call{sizes, in.lengths, for_backward});
  return {out[0], sizes.lstm ? out[1] : at::Tensor(), sizes.lstm ? out[2] : at::Tensor(), out[3], out[4], out[5], out[6], out[7], out[8]};
}

}  // namespace mneme
