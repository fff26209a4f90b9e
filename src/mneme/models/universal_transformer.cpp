#include "mneme/models/universal_transformer.h"

#include <cmath>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/mechanisms/attention.h"
#include "mneme/mechanisms/positions.h"
#include "mneme/models/checks.h"
#include "mneme/models/initialisation.h"

namespace mneme {
namespace {

/// bool [batch, positions]; undefined when all are full.
at::Tensor live_positions(const at::Tensor& lengths, int64_t positions) {
  if (!lengths.defined()) return {};
  return torch::arange(positions).unsqueeze(0) < lengths.unsqueeze(1);
}

/// [batch, 1, 1, keys] of [batch, keys].
at::Tensor keys_mask(const at::Tensor& live) {
  return live.defined() ? live.unsqueeze(1).unsqueeze(1) : live;
}

torch::nn::Embedding embedding(int64_t numbers, int64_t width, Random& random) {
  torch::nn::Embedding table(numbers, width);
  fill_uniform(table->weight, std::sqrt(3.0 / static_cast<double>(width)), random);  // variance 1 / width
  return table;
}

torch::nn::Linear linear(int64_t from, int64_t to, Random& random) {
  torch::nn::Linear layer(from, to);
  fill_glorot(layer->weight, 1, random);
  const torch::NoGradGuard no_grad;
  layer->bias.zero_();
  return layer;
}

}  // namespace

UniversalStackImpl::UniversalStackImpl(const UniversalTransformerOptions& options, bool reads_context, Random& random)
    : options_(options) {
  BlockOptions block;
  block.width = options.width;
  block.heads = options.heads;
  block.hidden = options.hidden;
  block.pre_norm = options.norm == "before";
  block.dropout = options.dropout;
  block.reads_context = reads_context;
  block_ = register_module("block", Block(block, random));
  if (block.pre_norm) norm_ = register_module("norm", Norm("layer", options.width, block.norm_epsilon));
  if (options.halting == "fixed") return;
  const auto halting = register_module("halting", std::make_shared<torch::nn::Module>());
  halting_weight_ = halting->register_parameter("weight", torch::zeros({options.width}));
  halting_bias_ = halting->register_parameter("bias", torch::full({1}, options.halting_bias));
  fill_uniform(halting_weight_, 1 / std::sqrt(static_cast<double>(options.width)), random);
}

at::Tensor UniversalStackImpl::forward(const Input& given, UniversalDepth& depth) {
  const int64_t positions = given.states.size(1);
  const auto position_signal = sinusoidal_positions(0, positions, options_.width).to(given.states.options());
  const auto time_signals = sinusoidal_positions(0, options_.max_steps, options_.width).to(given.states.options());
  const bool dynamic = halting_weight_.defined();
  AttentionMask mask{.causal = given.causal};
  // A padded position at the end is before nobody, so that no-one looks at it where nobody looks ahead.
  if (!given.causal) mask.allowed = keys_mask(given.live);

  depth.halted = begin_halting(given.states.detach().select(2, 0));
  if (given.live.defined()) depth.halted.running = given.live;
  auto states = given.states;
  at::Tensor mean;
  for (int64_t n = 1; n <= options_.max_steps; ++n) {
    const auto after = block_->forward({.states = states + position_signal + time_signals[n - 1],
                                        .mask = mask,
                                        .context = given.context,
                                        .context_mask = keys_mask(given.context_live)});
    const bool last = n == options_.max_steps;
    if (!dynamic) {
      states = after;
      depth.halted.steps = depth.halted.steps + depth.halted.running;
      continue;
    }
    const auto running = depth.halted.running.unsqueeze(2);  // [batch, positions, 1]
    const auto halting = (after.matmul(halting_weight_) + halting_bias_).sigmoid();  // h_n
    auto step = halting_step(depth.halted, halting, last, options_.epsilon);
    const auto part = step.weights.unsqueeze(2) * after;
    mean = mean.defined() ? mean + part : part;
    states = at::where(running, after, states);
    depth.weights.push_back(step.weights);
    depth.halted = std::move(step.after);
    if (!last && !depth.halted.running.any().item<bool>()) break;
  }
  const auto thought = dynamic ? mean : states;
  return norm_.is_empty() ? thought : norm_->forward(thought);
}

UniversalTransformerImpl::UniversalTransformerImpl(const UniversalTransformerOptions& options,
                                                   const ModelSizes& sizes, Random& random)
    : options_(options), sizes_(sizes) {
  check_options("UniversalTransformerOptions", describe_options(options));
  if (options.width % 2 != 0 || options.width % options.heads != 0)
    throw UsageError("UniversalTransformerOptions: model.width is " + std::to_string(options.width) +
                     ", expected an even multiple of model.heads, which is " + std::to_string(options.heads));
  if (sizes.tokens > 0) {
    tokens_ = register_module("tokens", embedding(sizes.tokens, options.width, random));
    if (sizes.features > 1) places_ = register_parameter("places", torch::ones({sizes.features, options.width}));
  } else {
    input_ = register_module("input", linear(sizes.features, options.width, random));
  }
  if (sizes.context_tokens > 0)
    context_tokens_ = register_module("context_tokens", embedding(sizes.context_tokens, options.width, random));
  encoder_ = register_module("encoder", UniversalStack(options, false, random));
  if (sizes.context_tokens > 0) decoder_ = register_module("decoder", UniversalStack(options, true, random));
  output_ = register_module("output", linear(options.width, sizes.outputs, random));
}

/// [batch, time, width]
at::Tensor UniversalTransformerImpl::read_inputs(const at::Tensor& inputs) {
  const double scale = std::sqrt(static_cast<double>(options_.width));  // as large as the signals
  ShapeCheck check("UniversalTransformer.forward");
  if (sizes_.tokens == 0) {
    check.bind("features", sizes_.features, "the model").expect("inputs", inputs, "batch time features");
    return input_->forward(inputs);
  }
  if (sizes_.features == 1)
    check.expect("inputs", inputs, "batch time");
  else
    check.bind("features", sizes_.features, "the model").expect("inputs", inputs, "batch time features");
  if (inputs.scalar_type() != at::kLong)
    throw Error("UniversalTransformer.forward: inputs is " + dtype_text(inputs.scalar_type()) + ", expected int64");
  if (sizes_.features == 1) return tokens_->forward(inputs) * scale;
  const auto words = tokens_->forward(inputs) * inputs.ne(0).unsqueeze(-1);  // [batch, time, words, width]
  return (words * places_).sum(2) * scale;
}

UniversalTransformerImpl::Run UniversalTransformerImpl::run(const Sequences& given) {
  Run run;
  const auto states = read_inputs(given.inputs);
  const auto live = live_positions(given.lengths, states.size(1));
  if (decoder_.is_empty()) {
    run.logits = output_->forward(encoder_->forward({.states = states, .live = live}, run.depth));
    return run;
  }
  ShapeCheck("UniversalTransformer.forward")
      .bind("batch", states.size(0), "inputs")
      .expect("context", given.context, "batch context");
  const double scale = std::sqrt(static_cast<double>(options_.width));
  const auto context_live = live_positions(given.context_lengths, given.context.size(1));
  const auto context = encoder_->forward(
      {.states = context_tokens_->forward(given.context) * scale, .live = context_live}, run.context_depth);
  run.logits = output_->forward(decoder_->forward(
      {.states = states, .live = live, .causal = true, .context = context, .context_live = context_live}, run.depth));
  return run;
}

Prediction UniversalTransformerImpl::forward(const Sequences& given) {
  const auto made = run(given);
  Prediction prediction{made.logits, {}, {}};
  Ratio& ponder = prediction.figures["ponder_steps"];
  at::Tensor cost;
  for (const UniversalDepth* depth : {&made.depth, &made.context_depth}) {
    if (!depth->halted.steps.defined()) continue;
    ponder.numerator += depth->halted.steps.sum().item<double>();
    ponder.denominator += depth->halted.steps.gt(0).sum().item<double>();
    const auto total = ponder_cost(depth->halted).sum();
    cost = cost.defined() ? cost + total : total;
  }
  if (options_.halting == "dynamic") prediction.cost = cost * (options_.time_penalty / ponder.denominator);
  return prediction;
}

UniversalRecord UniversalTransformerImpl::record(const Sequences& given) {
  const torch::NoGradGuard no_grad;
  const auto made = run(given);
  return {made.logits, made.depth.halted.steps, made.context_depth.halted.steps};
}

int64_t UniversalTransformerImpl::multiply_adds_per_step() const {
  return decoder_.is_empty() ? encoder_->multiply_adds(1, 0) : decoder_->multiply_adds(1, 1);
}

}  // namespace mneme
