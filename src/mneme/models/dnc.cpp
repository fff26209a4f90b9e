#include "mneme/models/dnc.h"

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/mechanisms/allocation.h"
#include "mneme/mechanisms/content_addressing.h"
#include "mneme/mechanisms/memory_access.h"
#include "mneme/mechanisms/read_modes.h"
#include "mneme/mechanisms/temporal_link.h"
#include "mneme/mechanisms/usage.h"
#include "mneme/models/carried_state.h"
#include "mneme/models/checks.h"
#include "mneme/models/initialisation.h"
#include "mneme/models/path_names.h"

namespace mneme {

namespace {

// Scales of the initial values, all in one place. Gains multiply Glorot's bound; bounds are as they are.
constexpr double kInputGain = 1;
constexpr double kRecurrentGain = 1;
constexpr double kInterfaceGain = 1;
constexpr double kOutputGain = 1;
constexpr double kForgetBias = 1;  // the LSTM starts by remembering
constexpr double kInterfaceBiasBound = 0.01;

// A mechanism for one write head, in terms of those for several.
at::Tensor one_head(const at::Tensor& tensor) { return tensor.unsqueeze(1); }

}  // namespace

DncImpl::DncImpl(const DncOptions& options, int64_t features, int64_t outputs, Random& random)
    : options_(options),
      features_(features),
      outputs_(outputs),
      interface_sizes_{options.read_heads, options.width},
      path_(path_named(options.path)) {
  check_options("DncOptions", describe_options(options));
  const auto hidden = options.hidden, reads = options.read_heads * options.width;
  const auto gates = has_lstm() ? 4 * hidden : hidden;
  const auto recurrent = has_lstm() ? hidden + reads : reads;

  const auto group = [this](const char* name) {
    return register_module(name, std::make_shared<torch::nn::Module>());
  };
  const auto controller = group("controller");
  input_weight_ = controller->register_parameter("input_weight", torch::zeros({gates, features}));
  bias_ = controller->register_parameter("bias", torch::zeros({gates}));
  recurrent_weight_ = controller->register_parameter("recurrent_weight", torch::zeros({gates, recurrent}));
  const auto interface = group("interface");
  const auto interface_size = interface_sizes_.interface();
  interface_weight_ = interface->register_parameter("weight", torch::zeros({interface_size, hidden}));
  interface_bias_ = interface->register_parameter("bias", torch::zeros({interface_size}));
  const auto output = group("output");
  output_weight_ = output->register_parameter("weight", torch::zeros({outputs, hidden + reads}));
  output_bias_ = output->register_parameter("bias", torch::zeros({outputs}));
  initialise(random);
}

void DncImpl::initialise(Random& random) {
  torch::NoGradGuard no_grad;
  fill_glorot(input_weight_, kInputGain, random);
  fill_glorot(recurrent_weight_, kRecurrentGain, random);
  fill_glorot(interface_weight_, kInterfaceGain, random);
  fill_uniform(interface_bias_, kInterfaceBiasBound, random);
  fill_glorot(output_weight_, kOutputGain, random);
  if (has_lstm()) bias_.narrow(0, options_.hidden, options_.hidden).fill_(kForgetBias);
}

DncState DncImpl::initial_state(int64_t batch_size) const {
  const auto slots = options_.slots, width = options_.width, heads = options_.read_heads;
  const auto zeros = [&](at::IntArrayRef sizes) {
    return torch::zeros(sizes, bias_.options().requires_grad(false));
  };
  DncState state;
  if (has_lstm()) {
    state.hidden = zeros({batch_size, options_.hidden});
    state.cell = zeros({batch_size, options_.hidden});
  }
  state.reads = zeros({batch_size, heads, width});
  state.read_weights = zeros({batch_size, heads, slots});
  state.write_weights = zeros({batch_size, slots});
  state.usage = zeros({batch_size, slots});
  state.precedence = zeros({batch_size, slots});
  state.link = zeros({batch_size, slots, slots});
  state.memory = zeros({batch_size, slots, width});
  return state;
}

at::Tensor DncImpl::control(const at::Tensor& seen, const DncState& before, DncState& state) const {
  const auto reads_before = before.reads.flatten(1);  // [batch, reads]
  if (!has_lstm()) return (seen + torch::linear(reads_before, recurrent_weight_)).tanh();
  const auto gates = (seen + torch::linear(torch::cat({before.hidden, reads_before}, 1), recurrent_weight_))
                         .chunk(4, 1);  // input, forget, cell, output
  state.cell = gates[1].sigmoid() * before.cell + gates[0].sigmoid() * gates[2].tanh();
  state.hidden = gates[3].sigmoid() * state.cell.tanh();
  return state.hidden;
}

DncStep DncImpl::step_on(const at::Tensor& seen, const DncState& before) const {
  DncStep now;
  auto& state = now.state;
  now.hidden = control(seen, before, state);
  now.interface = activate_interface(
      split_interface(torch::linear(now.hidden, interface_weight_, interface_bias_), interface_sizes_));
  const auto& said = now.interface;

  // Where to write: over what looks like the key in the memory as it was, or where there is room.
  now.write_content_weights =
      content_weights(before.memory, one_head(said.write_key), one_head(said.write_strength)).squeeze(1);
  state.usage = memory_usage(before.usage, before.write_weights,
                             memory_retention(said.free_gates, before.read_weights));
  now.allocation_weights = allocation_weights(state.usage);
  state.write_weights = gate_write_weights(now.allocation_weights, now.write_content_weights,
                                           said.allocation_gate, said.write_gate);
  state.memory = write_memory(before.memory, one_head(state.write_weights), one_head(said.erase),
                              one_head(said.write_vector));

  // In which order the slots were written: the link first, which takes the precedence as it was.
  state.link = update_link(before.link, state.write_weights, before.precedence);
  state.precedence = write_precedence(before.precedence, state.write_weights);

  // What to read: by content, or along the links from where each head was.
  now.read_content_weights = content_weights(state.memory, said.read_keys, said.read_strengths);
  now.backward_weights = backward_weights(state.link, before.read_weights);
  now.forward_weights = forward_weights(state.link, before.read_weights);
  state.read_weights =
      mix_read_modes(said.read_modes, now.backward_weights, now.read_content_weights, now.forward_weights);
  state.reads = read_memory(state.memory, state.read_weights);
  return now;
}

DncStep DncImpl::step(const at::Tensor& input, const DncState& before) const {
  ShapeCheck("Dnc.step").bind("features", features_, "the model").expect("input", input, "batch features");
  auto now = step_on(torch::linear(input, input_weight_, bias_), before);
  now.logits = output(now.hidden, now.state.reads);
  return now;
}

at::Tensor DncImpl::output(const at::Tensor& hidden, const at::Tensor& reads) const {
  return torch::linear(torch::cat({hidden, reads.flatten(-2)}, -1), output_weight_, output_bias_);
}

template <class Visit>
void DncImpl::run_composite(DncState& state, const at::Tensor& inputs, const at::Tensor& lengths,
                            Visit&& visit) const {
  const auto seen = torch::linear(inputs, input_weight_, bias_);  // [batch, time, gates]
  for (int64_t t = 0; t < inputs.size(1); ++t) {
    const auto now = step_on(seen.select(1, t), state);
    visit(now);
    state = lengths.defined() ? keep_ended((lengths > t).to(inputs.device()), now.state, state) : now.state;
  }
}

at::Tensor DncImpl::predict(const at::Tensor& inputs, const at::Tensor& lengths) {
  check_sequences("Dnc.predict", inputs, lengths, features_);
  auto state = initial_state(inputs.size(0));
  return run(state, inputs, lengths);
}

at::Tensor DncImpl::advance(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths) {
  check_sequences("Dnc.advance", inputs, lengths, features_);
  auto now = initial_state(inputs.size(0));
  if (!state.empty()) now = state_of("Dnc.advance", state, now);
  const auto logits = run(now, inputs, lengths);
  state = tensors_of(now);
  return logits;
}

at::Tensor DncImpl::run(DncState& state, const at::Tensor& inputs, const at::Tensor& lengths) const {
  if (path_ == Path::fused)
    throw Error("Dnc: path is fused, which is not there yet; expected automatic or composite");
  std::vector<at::Tensor> hidden, reads;
  run_composite(state, inputs, lengths, [&](const DncStep& now) {
    hidden.push_back(now.hidden);
    reads.push_back(now.state.reads);
  });
  return output(torch::stack(hidden, 1), torch::stack(reads, 1));
}

Path DncImpl::path_for(const at::Tensor&, const at::Tensor&) const {
  return path_ == Path::automatic ? Path::composite : path_;
}

DncRecord DncImpl::record(const at::Tensor& inputs, const at::Tensor& lengths) {
  check_sequences("Dnc.record", inputs, lengths, features_);
  torch::NoGradGuard no_grad;
  DncRecord record;
  record.state = initial_state(inputs.size(0));
  std::vector<DncStep> steps;
  run_composite(record.state, inputs, lengths, [&](const DncStep& now) {
    steps.push_back(now);
    steps.back().state.link = at::Tensor();  // [slots, slots] a step
    steps.back().state.memory = at::Tensor();
  });
  at::Tensor ended;  // [batch, time]
  if (lengths.defined())
    ended = (torch::arange(inputs.size(1)).unsqueeze(0) >= lengths.unsqueeze(1)).to(inputs.device());
  const auto over_time = [&](const auto& part) {
    std::vector<at::Tensor> parts;
    for (const auto& step : steps) parts.push_back(part(step));
    auto stacked = torch::stack(parts, 1);
    return ended.defined() ? stacked.masked_fill(mask_like(ended, stacked), 0) : stacked;
  };
  record.hidden = over_time([](const DncStep& step) { return step.hidden; });
  for (const auto member : DncInterface::members())
    record.interface.*member = over_time([&](const DncStep& step) { return step.interface.*member; });
  record.usage = over_time([](const DncStep& step) { return step.state.usage; });
  record.allocation_weights = over_time([](const DncStep& step) { return step.allocation_weights; });
  record.write_weights = over_time([](const DncStep& step) { return step.state.write_weights; });
  record.read_weights = over_time([](const DncStep& step) { return step.state.read_weights; });
  record.reads = over_time([](const DncStep& step) { return step.state.reads; });
  record.logits = output(record.hidden, record.reads);
  return record;
}

void DncImpl::set_path(Path path) {
  path_ = path;
  options_.path = path_name(path);
}

int64_t DncImpl::multiply_adds_per_step() const {
  const auto slots = options_.slots, width = options_.width, heads = options_.read_heads;
  const auto controller = input_weight_.numel() + recurrent_weight_.numel();
  const auto linear = interface_weight_.numel() + output_weight_.numel();
  const auto similarity = slots * width * (heads + 3);  // products with each key, the slots' norms twice
  const auto allocation = slots * (heads + 5);          // retention, usage 2, running product, weights 2
  const auto link = slots * slots * (2 + 2 * heads);    // update 2, forward and backward of each head
  const auto modes = 3 * slots * heads;
  const auto access = slots * width * (heads + 3);  // erase is two, add one
  return controller + linear + similarity + allocation + link + modes + access;
}

}  // namespace mneme
