#include "mneme/models/dnc.h"

#include <algorithm>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/mechanisms/allocation.h"
#include "mneme/mechanisms/memory_access.h"
#include "mneme/mechanisms/read_modes.h"
#include "mneme/mechanisms/temporal_link.h"
#include "mneme/mechanisms/usage.h"
#include "mneme/models/carried_state.h"
#include "mneme/models/checks.h"
#include "mneme/models/content_search.h"
#include "mneme/models/initialisation.h"
#include "mneme/models/path_names.h"

namespace mneme {

namespace {

// A mechanism for one write head, in terms of those for several.
at::Tensor one_head(const at::Tensor& tensor) { return tensor.unsqueeze(1); }

}  // namespace

DncImpl::DncImpl(const DncOptions& options, int64_t features, int64_t outputs, Random& random)
    : options_(options),
      features_(features),
      outputs_(outputs),
      interface_sizes_{.read_heads = options.read_heads,
                       .width = options.width,
                       .read_modes = !options.content_only,
                       .masks = options.masked_keys,
                       .sharpness = options.sharpened_links},
      path_(path_named(options.path)) {
  check_options("DncOptions", describe_options(options));
  if (options.content_only && options.sharpened_links)
    throw UsageError("DncOptions: model.sharpened_links is true, expected false with model.content_only, which "
                     "leaves no links to sharpen");
  if (options.sparse > 0 && options.sharpened_links)
    throw UsageError("DncOptions: model.sharpened_links is true, expected false with model.sparse: it gives every "
                     "slot a weight");
  const auto hidden = options.hidden, reads = options.read_heads * options.width;
  const DncControllerSizes sizes{.lstm = options.controller == "lstm",
                                 .features = features,
                                 .hidden = hidden,
                                 .reads = reads,
                                 .layer_norm = options.layer_norm};
  controller_ = register_module("controller", std::make_shared<DncController>(sizes, random));

  const auto group = [this](const char* name) {
    return register_module(name, std::make_shared<torch::nn::Module>());
  };
  const auto interface = group("interface");
  const auto interface_size = interface_sizes_.interface();
  interface_weight_ = interface->register_parameter("weight", torch::zeros({interface_size, hidden}));
  interface_bias_ = interface->register_parameter("bias", torch::zeros({interface_size}));
  const auto output = group("output");
  const auto seen = hidden + reads + (options.bidirectional ? hidden : 0);
  output_weight_ = output->register_parameter("weight", torch::zeros({outputs, seen}));
  output_bias_ = output->register_parameter("bias", torch::zeros({outputs}));
  fill_glorot(interface_weight_, 1, random);
  fill_uniform(interface_bias_, kInterfaceBiasBound, random);
  set_initial_gates();
  fill_glorot(output_weight_, 1, random);
  if (options.bidirectional) {
    const DncControllerSizes alone{.features = features, .hidden = hidden, .layer_norm = options.layer_norm};
    backward_ = register_module("backward", std::make_shared<DncController>(alone, random));
  }
}

void DncImpl::set_initial_gates() {
  const torch::NoGradGuard no_grad;
  auto parts = split_interface(interface_bias_.unsqueeze(0), interface_sizes_);  // views
  parts.write_gate.add_(options_.initial_write_gates);
  parts.allocation_gate.add_(options_.initial_write_gates);
  parts.free_gates.add_(options_.initial_free_gates);
  parts.read_strengths.add_(options_.initial_strengths);
  parts.write_strength.add_(options_.initial_strengths);
}

DncState DncImpl::initial_state(int64_t batch_size) const {
  const auto slots = options_.slots, width = options_.width, heads = options_.read_heads;
  const auto zeros = [&](at::IntArrayRef sizes) {
    return torch::zeros(sizes, output_bias_.options().requires_grad(false));
  };
  DncState state;
  if (controller_->sizes.lstm) {
    state.hidden = zeros({batch_size, options_.hidden});
    state.cell = zeros({batch_size, options_.hidden});
  }
  state.reads = zeros({batch_size, heads, width});
  state.read_weights = zeros({batch_size, heads, slots});
  state.write_weights = zeros({batch_size, slots});
  state.usage = zeros({batch_size, slots});
  if (!options_.content_only) {
    state.precedence = zeros({batch_size, slots});
    state.link = zeros({batch_size, slots, slots});
  }
  state.memory = zeros({batch_size, slots, width});
  return state;
}

DncStep DncImpl::step_on(const at::Tensor& seen, const DncState& before) const {
  DncStep now;
  const auto [hidden, cell] = controller_->step(seen, before.hidden, before.cell, before.reads.flatten(1));
  now.hidden = hidden;
  if (cell.defined()) now.state.hidden = hidden;
  now.state.cell = cell;
  now.interface = activate_interface(
      split_interface(torch::linear(hidden, interface_weight_, interface_bias_), interface_sizes_));
  write(now, before);
  read(now, before);
  return now;
}

void DncImpl::write(DncStep& now, const DncState& before) const {
  const auto& said = now.interface;
  auto& state = now.state;
  // Where: over what looks like the key in the memory as it was, or where there is room.
  const auto mask = said.write_mask.defined() ? one_head(said.write_mask) : at::Tensor();
  now.write_content_weights =
      find_by_content(before.memory, one_head(said.write_key), mask, one_head(said.write_strength)).squeeze(1);
  const auto retention = memory_retention(said.free_gates, before.read_weights);
  state.usage = memory_usage(before.usage, before.write_weights, retention);
  now.allocation_weights = allocation_weights(state.usage);
  state.write_weights = gate_write_weights(now.allocation_weights, now.write_content_weights,
                                           said.allocation_gate, said.write_gate);
  // Csordas and Schmidhuber 2019, section 3.2: M ∘ ψ 1ᵀ, so that what was freed is found no more.
  const auto memory = options_.clear_freed ? before.memory * retention.unsqueeze(2) : before.memory;
  state.memory = write_memory(memory, one_head(state.write_weights), one_head(said.erase),
                              one_head(said.write_vector));
  if (options_.content_only) return;
  // In which order the slots were written: the link first, which takes the precedence as it was.
  state.link = update_link(before.link, state.write_weights, before.precedence);
  state.precedence = write_precedence(before.precedence, state.write_weights);
}

void DncImpl::read(DncStep& now, const DncState& before) const {
  const auto& said = now.interface;
  auto& state = now.state;
  now.read_content_weights = find_by_content(state.memory, said.read_keys, said.read_masks, said.read_strengths);
  if (options_.content_only) {
    state.read_weights = now.read_content_weights;
  } else {
    now.backward_weights = backward_weights(state.link, before.read_weights);
    now.forward_weights = forward_weights(state.link, before.read_weights);
    if (options_.sharpened_links) {
      now.backward_weights = sharpen_link_weights(now.backward_weights, said.backward_sharpness);
      now.forward_weights = sharpen_link_weights(now.forward_weights, said.forward_sharpness);
    }
    state.read_weights = mix_read_modes(said.read_modes, now.backward_weights, now.read_content_weights,
                                        now.forward_weights);
  }
  state.reads = read_memory(state.memory, state.read_weights);
}

DncStep DncImpl::step(const at::Tensor& input, const DncState& before) const {
  refuse_without_state("Dnc.step");
  ShapeCheck("Dnc.step").bind("features", features_, "the model").expect("input", input, "batch features");
  auto now = step_on(controller_->see(input), before);
  now.logits = output(now.hidden, now.state.reads, {});
  return now;
}

void DncImpl::refuse_without_state(const char* operation) const {
  const auto refuse = [&](const std::string& option, const std::string& expected, const std::string& reason) {
    throw Error(std::string(operation) + ": model." + option + ", expected " + expected + ": " + reason +
                "; forward takes whole sequences");
  };
  if (backward_) refuse("bidirectional is true", "false", "such a model reads its inputs' end first");
  if (options_.sparse > 0)
    refuse("sparse is " + std::to_string(options_.sparse), "0", "a sparse memory keeps its own state");
}

at::Tensor DncImpl::output(const at::Tensor& hidden, const at::Tensor& reads, const at::Tensor& ahead) const {
  const auto drop = [this](const at::Tensor& what) {
    return torch::dropout(what, options_.bypass_dropout, is_training() && options_.bypass_dropout > 0);
  };
  std::vector<at::Tensor> parts = {drop(hidden), reads.flatten(-2)};
  if (ahead.defined()) parts.push_back(drop(ahead));
  return torch::linear(torch::cat(parts, -1), output_weight_, output_bias_);
}

at::Tensor DncImpl::look_ahead(const at::Tensor& inputs, const at::Tensor& lengths) const {
  if (!backward_) return {};
  const auto seen = backward_->see(inputs);  // [batch, time, gates]
  const auto time = inputs.size(1);
  auto hidden = torch::zeros({inputs.size(0), options_.hidden}, output_bias_.options().requires_grad(false));
  auto cell = hidden;
  std::vector<at::Tensor> ahead(static_cast<size_t>(time));
  for (int64_t t = time; t-- > 0;) {
    const auto now = backward_->step(seen.select(1, t), hidden, cell, {});
    // Each sequence begins at its own end: before that its state stays zero.
    const auto live = lengths.defined() ? (lengths > t).unsqueeze(1).to(inputs.device()) : at::Tensor();
    hidden = live.defined() ? at::where(live, now.hidden, hidden) : now.hidden;
    cell = live.defined() ? at::where(live, now.cell, cell) : now.cell;
    ahead[static_cast<size_t>(t)] = hidden;
  }
  return torch::stack(ahead, 1);
}

template <class Visit>
void DncImpl::run_composite(DncState& state, const at::Tensor& inputs, const at::Tensor& lengths,
                            Visit&& visit) const {
  const auto seen = controller_->see(inputs);  // [batch, time, gates]
  for (int64_t t = 0; t < inputs.size(1); ++t) {
    const auto now = step_on(seen.select(1, t), state);
    visit(now);
    state = lengths.defined() ? keep_ended((lengths > t).to(inputs.device()), now.state, state) : now.state;
  }
}

DncSequenceInputs DncImpl::sequence_inputs(const at::Tensor& inputs, const at::Tensor& lengths,
                                           const DncState& state) const {
  return {.gate_inputs = controller_->see(inputs),
          .lengths = lengths,
          .recurrent_weight = controller_->recurrent_weight,
          .interface_weight = interface_weight_,
          .interface_bias = interface_bias_,
          .gain = controller_->gain,
          .bias = options_.layer_norm ? controller_->bias : at::Tensor(),
          .cell_gain = controller_->cell_gain,
          .cell_offset = controller_->cell_offset,
          .hidden = state.hidden,
          .cell = state.cell,
          .reads = state.reads.defined() ? state.reads.flatten(1) : at::Tensor(),
          .read_weights = state.read_weights,
          .write_weights = state.write_weights,
          .usage = state.usage,
          .precedence = state.precedence,
          .link = state.link,
          .memory = state.memory,
          .slots = options_.slots,
          .width = options_.width};
}

DncSequenceOptions DncImpl::sequence_options() const {
  return {.controller = controller_->sizes.lstm ? DncDriver::lstm : DncDriver::feed_forward,
          .read_heads = options_.read_heads,
          .masked_keys = options_.masked_keys,
          .clear_freed = options_.clear_freed,
          .sharpened_links = options_.sharpened_links,
          .content_only = options_.content_only,
          .layer_norm = options_.layer_norm};
}

DncState DncImpl::final_state(const DncSequenceOutputs& run) const {
  return {.hidden = run.final_hidden,
          .cell = run.final_cell,
          .reads = run.final_reads.unflatten(1, {options_.read_heads, options_.width}),
          .read_weights = run.final_read_weights,
          .write_weights = run.final_write_weights,
          .usage = run.final_usage,
          .precedence = run.final_precedence,
          .link = run.final_link,
          .memory = run.final_memory};
}

Prediction DncImpl::forward(const Sequences& given) {
  check_sequences("Dnc.forward", given.inputs, given.lengths, features_);
  return {run_whole(given.inputs, given.lengths), {}, {}};
}

at::Tensor DncImpl::run_whole(const at::Tensor& inputs, const at::Tensor& lengths) {
  if (path_for(inputs, lengths) == Path::fused) {
    const auto run = dnc_sequence(sequence_inputs(inputs, lengths, {}), sequence_options());
    return output(run.hidden, run.reads.unflatten(2, {options_.read_heads, options_.width}),
                  look_ahead(inputs, lengths));
  }
  if (options_.sparse > 0) {
    const auto run = run_sparse(inputs, lengths, {});
    return output(run.hidden, run.reads, look_ahead(inputs, lengths));
  }
  auto state = initial_state(inputs.size(0));
  return run_composite(state, inputs, lengths);
}

at::Tensor DncImpl::advance(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths) {
  check_sequences("Dnc.advance", inputs, lengths, features_);
  refuse_without_state("Dnc.advance");
  const auto zeros = initial_state(inputs.size(0));
  auto now = state.empty() ? zeros : state_of("Dnc.advance", state, zeros);
  at::Tensor logits;
  if (path_ == Path::fused && at::GradMode::is_enabled())
    throw Error("Dnc.advance: the fused path has no gradients through the state; expected Path::composite, or "
                "gradients off");
  if (!at::GradMode::is_enabled() && path_for(inputs, lengths) == Path::fused) {
    auto options = sequence_options();
    options.final_state = true;
    const auto run = dnc_sequence(sequence_inputs(inputs, lengths, now), options);
    logits = output(run.hidden, run.reads.unflatten(2, {options_.read_heads, options_.width}), {});
    now = final_state(run);
  } else {
    logits = run_composite(now, inputs, lengths);
  }
  state = tensors_of(now);
  return logits;
}

at::Tensor DncImpl::run_composite(DncState& state, const at::Tensor& inputs, const at::Tensor& lengths) const {
  std::vector<at::Tensor> hidden, reads;
  run_composite(state, inputs, lengths, [&](const DncStep& now) {
    hidden.push_back(now.hidden);
    reads.push_back(now.state.reads);
  });
  return output(torch::stack(hidden, 1), torch::stack(reads, 1), look_ahead(inputs, lengths));
}

Path DncImpl::path_for(const at::Tensor& inputs, const at::Tensor& lengths) const {
  if (path_ == Path::automatic) return fused_obstacles(inputs, lengths).empty() ? Path::fused : Path::composite;
  if (path_ == Path::fused)
    if (const auto obstacles = fused_obstacles(inputs, lengths); !obstacles.empty())
      throw Error("Dnc: the fused path cannot run:\n" + obstacles);
  return path_;
}

std::string DncImpl::fused_obstacles(const at::Tensor& inputs, const at::Tensor& lengths) const {
  if (options_.sparse > 0) return "sparse is on, the kernel is without";
  torch::NoGradGuard no_grad;
  const auto first = inputs.narrow(1, 0, 1);  // the obstacles do not depend on the time
  return dnc_sequence_obstacles(sequence_inputs(first, lengths, {}), sequence_options());
}

DncRecord DncImpl::record(const at::Tensor& inputs, const at::Tensor& lengths) {
  check_sequences("Dnc.record", inputs, lengths, features_);
  torch::NoGradGuard no_grad;
  DncRecord record;
  if (path_for(inputs, lengths) == Path::fused) {
    auto options = sequence_options();
    options.record = options.final_state = true;
    const auto run = dnc_sequence(sequence_inputs(inputs, lengths, {}), options);
    record.hidden = run.hidden;
    record.interface = split_interface(run.interface, interface_sizes_);
    record.usage = run.usage;
    record.allocation_weights = run.allocation;
    record.write_weights = run.write_weights;
    record.read_weights = run.read_weights;
    record.reads = run.reads.unflatten(2, {options_.read_heads, options_.width});
    record.logits = output(record.hidden, record.reads, look_ahead(inputs, lengths));
    record.state = final_state(run);
    return record;
  }
  if (options_.sparse > 0) return record_sparse(inputs, lengths);
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
    if (!parts.front().defined()) return at::Tensor();  // an option leaves it out
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
  record.logits = output(record.hidden, record.reads, look_ahead(inputs, lengths));
  return record;
}

void DncImpl::set_path(Path path) {
  path_ = path;
  options_.path = path_name(path);
}

int64_t DncImpl::multiply_adds_per_step() const {
  const auto width = options_.width, heads = options_.read_heads;
  // With a sparse memory what a step touches: to look through what was written comes on top.
  const auto slots = options_.sparse > 0 ? std::min(options_.sparse, options_.slots) : options_.slots;
  const auto controller = controller_->multiply_adds() + (backward_ ? backward_->multiply_adds() : 0);
  const auto linear = interface_weight_.numel() + output_weight_.numel();
  // Products with each key, and the slots' norms before and after the write, or under each key's mask.
  const auto similarity = slots * width * (heads + 1 + (options_.masked_keys ? heads + 1 : 2));
  const auto allocation = slots * (heads + 5);  // retention, usage 2, running product, weights 2
  const auto link = slots * slots * (2 + 2 * heads) + 3 * slots * heads;  // update, both ways of each head, modes
  const auto access = slots * width * (heads + 3 + (options_.clear_freed ? 1 : 0));  // erase is two, add one
  const auto sharpening = options_.sharpened_links ? 2 * slots * heads : 0;
  return controller + linear + similarity + allocation + (options_.content_only ? 0 : link) + access + sharpening;
}

}  // namespace mneme
