#include "mneme/models/ntm.h"

#include <cmath>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/mechanisms/content_addressing.h"
#include "mneme/mechanisms/location_addressing.h"
#include "mneme/mechanisms/memory_access.h"
#include "mneme/models/carried_state.h"
#include "mneme/models/checks.h"
#include "mneme/models/initialisation.h"
#include "mneme/models/path_names.h"

namespace mneme {

namespace {

// Bounds of initial values.
constexpr double kMemoryBound = 0.5;  // of a learned memory
constexpr double kWeightLogitBound = 0.1;

// A state [1, …] for each of a batch; one that is [batch, …] already stays as it is.
NtmState for_batch(const NtmState& one, int64_t batch_size) {
  NtmState state;
  for (const auto& [name, member] : NtmState::members()) {
    if (!(one.*member).defined()) continue;
    auto sizes = (one.*member).sizes().vec();
    sizes[0] = batch_size;
    state.*member = (one.*member).expand(sizes);
  }
  return state;
}

}  // namespace

NtmImpl::NtmImpl(const NtmOptions& options, int64_t features, int64_t outputs, Random& random)
    : options_(options),
      features_(features),
      outputs_(outputs),
      head_sizes_{options.read_heads, options.write_heads, options.width, options.shift_range},
      sequence_options_{options.controller == "lstm" ? NtmController::lstm : NtmController::feed_forward,
                        options.read_heads, options.write_heads, options.shift_range},
      path_(path_named(options.path)) {
  check_options("NtmOptions", describe_options(options));
  const bool lstm = sequence_options_.controller == NtmController::lstm;
  const auto hidden = options.hidden, reads = options.read_heads * options.width;
  const auto gates = lstm ? 4 * hidden : hidden;
  const auto recurrent = lstm ? hidden + reads : reads;

  const auto group = [this](const char* name) {
    return register_module(name, std::make_shared<torch::nn::Module>());
  };
  const auto controller = group("controller");
  input_weight_ = controller->register_parameter("input_weight", torch::zeros({gates, features}));
  bias_ = controller->register_parameter("bias", torch::zeros({gates}));
  recurrent_weight_ = controller->register_parameter("recurrent_weight", torch::zeros({gates, recurrent}));
  const auto interface = group("interface");
  const auto interface_size = head_sizes_.interface();
  interface_weight_ = interface->register_parameter("weight", torch::zeros({interface_size, hidden}));
  interface_bias_ = interface->register_parameter("bias", torch::zeros({interface_size}));
  const auto output = group("output");
  output_weight_ = output->register_parameter("weight", torch::zeros({outputs, hidden + reads}));
  output_bias_ = output->register_parameter("bias", torch::zeros({outputs}));
  const auto initial = group("initial");
  const auto start = [&](const char* name, at::IntArrayRef sizes) {
    return initial->register_parameter(name, torch::zeros(sizes), options.learned_start);
  };
  initial_weight_logits_ = start("weight_logits", {head_sizes_.heads(), options.slots});
  if (options.learned_memory)
    initial_memory_ = initial->register_parameter("memory", torch::zeros({options.slots, options.width}));
  initial_reads_ = start("reads", {options.read_heads, options.width});
  if (lstm) {
    initial_hidden_ = start("hidden", {hidden});
    initial_cell_ = start("cell", {hidden});
  }
  initialise(random);
}

void NtmImpl::initialise(Random& random) {
  torch::NoGradGuard no_grad;
  fill_glorot(input_weight_, 1, random);
  fill_glorot(recurrent_weight_, 1, random);
  fill_glorot(interface_weight_, 1, random);
  fill_uniform(interface_bias_, kInterfaceBiasBound, random);
  const auto heads = head_sizes_.heads();
  // Heads that keep their place: half a step of content addressing, over slots that still look alike, would
  // blur a weighting away before there is anything to find.
  interface_bias_.narrow(0, heads * (options_.width + 1), heads).add_(options_.initial_gate);
  fill_glorot(output_weight_, 1, random);
  const bool lstm = sequence_options_.controller == NtmController::lstm;
  if (lstm) bias_.narrow(0, options_.hidden, options_.hidden).fill_(kForgetBias);
  if (options_.learned_memory) fill_uniform(initial_memory_, kMemoryBound, random);
  if (options_.learned_start) {
    fill_uniform(initial_weight_logits_, kWeightLogitBound, random);
    fill_uniform(initial_reads_, kStartBound, random);
    if (lstm) {
      fill_uniform(initial_hidden_, kStartBound, random);
      fill_uniform(initial_cell_, kStartBound, random);
    }
  }
  // A memory of equal slots gives content addressing nothing to tell them apart by, so the heads must
  // start somewhere.
  initial_weight_logits_.select(1, 0).add_(options_.initial_focus);
}

NtmState NtmImpl::initial_state(int64_t batch_size) const {
  const auto first = [](const at::Tensor& one) { return one.defined() ? one.unsqueeze(0) : one; };
  // Not softmax: the bits of the engine's derivative of it depend on the number of threads.
  const auto weights = initial_weight_logits_.log_softmax(-1).exp();  // [heads, slots]
  const auto memory =  // [slots, width]
      initial_memory_.defined()
          ? initial_memory_
          : torch::full({1, 1}, options_.initial_memory, bias_.options().requires_grad(false))
                .expand({options_.slots, options_.width});
  return for_batch({.hidden = first(initial_hidden_),
                    .cell = first(initial_cell_),
                    .reads = first(initial_reads_),
                    .weights = first(weights),
                    .memory = first(memory)},
                   batch_size);
}

NtmStep NtmImpl::step(const at::Tensor& input, const NtmState& before) const {
  ShapeCheck("Ntm.step").bind("features", features_, "the model").expect("input", input, "batch features");
  NtmStep now;

  // Controller: what is seen, beside what was read before.
  const auto seen = torch::linear(input, input_weight_, bias_);  // [batch, gates]
  const auto reads_before = before.reads.flatten(1);             // [batch, reads]
  if (sequence_options_.controller == NtmController::lstm) {
    const auto gates = (seen + torch::linear(torch::cat({before.hidden, reads_before}, 1), recurrent_weight_))
                           .chunk(4, 1);  // input, forget, cell, output
    now.state.cell = gates[1].sigmoid() * before.cell + gates[0].sigmoid() * gates[2].tanh();
    now.hidden = now.state.hidden = gates[3].sigmoid() * now.state.cell.tanh();
  } else {
    now.hidden = (seen + torch::linear(reads_before, recurrent_weight_)).tanh();
  }
  now.heads = activate_heads(
      split_interface(torch::linear(now.hidden, interface_weight_, interface_bias_), head_sizes_));

  // Addressing: all heads look at the memory as it was.
  now.content_weights = content_weights(before.memory, now.heads.keys, now.heads.strengths);
  now.gated_weights = interpolate_weights(now.content_weights, before.weights, now.heads.gates);
  now.shifted_weights = shift_weights(now.gated_weights, now.heads.shifts);
  now.state.weights = sharpen_weights(now.shifted_weights, now.heads.sharpenings);

  // Memory: read, then write.
  const auto read_weights = now.state.weights.narrow(1, 0, options_.read_heads);
  const auto write_weights = now.state.weights.narrow(1, options_.read_heads, options_.write_heads);
  now.state.reads = read_memory(before.memory, read_weights);
  now.state.memory = write_memory(before.memory, write_weights, now.heads.erases, now.heads.adds);

  now.logits = output(torch::cat({now.hidden, now.state.reads.flatten(1)}, 1));
  return now;
}

at::Tensor NtmImpl::output(const at::Tensor& features) const {
  return torch::linear(features, output_weight_, output_bias_);
}

template <class Visit>
NtmState NtmImpl::run_composite(const NtmState& start, const at::Tensor& inputs, const at::Tensor& lengths,
                                Visit&& visit) const {
  auto state = for_batch(start, inputs.size(0));
  for (int64_t t = 0; t < inputs.size(1); ++t) {
    const auto now = step(inputs.select(1, t), state);
    visit(now);
    state = lengths.defined() ? keep_ended(lengths > t, now.state, state) : now.state;
  }
  return state;
}

NtmSequenceInputs NtmImpl::sequence_inputs(const NtmState& start, const at::Tensor& inputs,
                                           const at::Tensor& lengths) const {
  return {.inputs = inputs,
          .lengths = lengths,
          .input_weight = input_weight_,
          .input_bias = bias_,
          .recurrent_weight = recurrent_weight_,
          .interface_weight = interface_weight_,
          .interface_bias = interface_bias_,
          .output_weight = output_weight_,
          .output_bias = output_bias_,
          .hidden = start.hidden,
          .cell = start.cell,
          .reads = start.reads.dim() == 3 ? start.reads.flatten(1) : start.reads,
          .weights = start.weights,
          .memory = start.memory,
          .weight_logits = {}};
}

at::Tensor NtmImpl::start_memory() const {  // [slots, width]
  if (initial_memory_.defined()) return initial_memory_;
  return torch::full({options_.slots, options_.width}, options_.initial_memory, bias_.options().requires_grad(false));
}

Prediction NtmImpl::forward(const Sequences& given) {
  check_sequences("Ntm.forward", given.inputs, given.lengths, features_);
  // The parameters as they are: what the engine keeps books of is then one operation.
  auto arguments = sequence_inputs({initial_hidden_, initial_cell_, initial_reads_, {}, start_memory()}, given.inputs,
                                   given.lengths);
  arguments.weight_logits = initial_weight_logits_;
  if (runs_fused(arguments)) {
    auto options = sequence_options_;
    options.final_state = false;
    return {ntm_sequence(arguments, options).logits, {}, {}};
  }
  auto state = initial_state(1);  // all sequences start alike
  return {run(state, given.inputs, given.lengths), {}, {}};
}

at::Tensor NtmImpl::advance(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths) {
  check_sequences("Ntm.advance", inputs, lengths, features_);
  auto now = initial_state(inputs.size(0));
  if (!state.empty()) now = state_of("Ntm.advance", state, now);
  const auto logits = run(now, inputs, lengths);
  state = tensors_of(now);
  return logits;
}

at::Tensor NtmImpl::run(NtmState& state, const at::Tensor& inputs, const at::Tensor& lengths) const {
  const auto arguments = sequence_inputs(state, inputs, lengths);
  if (runs_fused(arguments)) {
    const auto run = ntm_sequence(arguments, sequence_options_);
    state = state_after(run);
    return run.logits;
  }
  std::vector<at::Tensor> logits;
  state = run_composite(state, inputs, lengths, [&](const NtmStep& now) { logits.push_back(now.logits); });
  return torch::stack(logits, 1);
}

NtmState NtmImpl::state_after(const NtmSequenceOutputs& run) const {
  return {run.final_hidden, run.final_cell,
          run.final_reads.unflatten(1, {options_.read_heads, options_.width}), run.final_weights,
          run.final_memory};
}

bool NtmImpl::runs_fused(const NtmSequenceInputs& arguments) const {
  if (path_ != Path::automatic) return path_ == Path::fused;
  return ntm_sequence_obstacles(arguments, sequence_options_).empty();
}

Path NtmImpl::path_for(const at::Tensor& inputs, const at::Tensor& lengths) const {
  torch::NoGradGuard no_grad;
  return runs_fused(sequence_inputs(initial_state(1), inputs, lengths)) ? Path::fused : Path::composite;
}

NtmRecord NtmImpl::record(const at::Tensor& inputs, const at::Tensor& lengths) {
  check_sequences("Ntm.record", inputs, lengths, features_);
  torch::NoGradGuard no_grad;
  NtmRecord record;
  if (path_for(inputs, lengths) == Path::fused) {
    auto options = sequence_options_;
    options.record = true;
    const auto run = ntm_sequence(sequence_inputs(initial_state(1), inputs, lengths), options);
    record.heads = split_interface(run.interface, head_sizes_);
    record.content_weights = run.content_weights;
    record.weights = run.weights;
    record.hidden = run.hidden;
    record.reads = run.reads.unflatten(2, {options_.read_heads, options_.width});
    record.logits = run.logits;
    record.state = state_after(run);
    return record;
  }
  std::vector<NtmStep> steps;
  record.state = run_composite(initial_state(1), inputs, lengths, [&](const NtmStep& now) { steps.push_back(now); });
  at::Tensor ended;  // [batch, time]
  if (lengths.defined()) ended = torch::arange(inputs.size(1)).unsqueeze(0) >= lengths.unsqueeze(1);
  const auto over_time = [&](const auto& part) {
    std::vector<at::Tensor> parts;
    for (const auto& step : steps) parts.push_back(part(step));
    auto stacked = torch::stack(parts, 1);
    return ended.defined() ? stacked.masked_fill(mask_like(ended, stacked), 0) : stacked;
  };
  for (const auto member : NtmHeadParameters::members())
    record.heads.*member = over_time([&](const NtmStep& step) { return step.heads.*member; });
  record.content_weights = over_time([](const NtmStep& step) { return step.content_weights; });
  record.weights = over_time([](const NtmStep& step) { return step.state.weights; });
  record.hidden = over_time([](const NtmStep& step) { return step.hidden; });
  record.reads = over_time([](const NtmStep& step) { return step.state.reads; });
  record.logits = output(torch::cat({record.hidden, record.reads.flatten(2)}, 2));
  return record;
}

void NtmImpl::set_path(Path path) {
  path_ = path;
  options_.path = path_name(path);
}

int64_t NtmImpl::multiply_adds_per_step() const {
  const auto hidden = options_.hidden, slots = options_.slots, width = options_.width;
  const auto heads = head_sizes_.heads(), reads = options_.read_heads * width;
  const auto controller = input_weight_.numel() + recurrent_weight_.numel();
  const auto linear = interface_weight_.numel() + outputs_ * (hidden + reads);
  const auto similarity = slots * width * (heads + 1);  // products with each key, and the slots' own norms
  const auto location = heads * slots * (1 + head_sizes_.shifts() + 1);  // gate, shift, sharpen
  const auto access = slots * width * (options_.read_heads + 3 * options_.write_heads);  // erase is two
  return controller + linear + similarity + location + access;
}

}  // namespace mneme
