#include "mneme/models/handwriting.h"

#include <cmath>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/kernels/lstm_window/lstm_window.h"
#include "mneme/mechanisms/gradient_clip.h"
#include "mneme/mechanisms/mixture_density.h"
#include "mneme/models/checks.h"
#include "mneme/models/initialisation.h"
#include "mneme/models/path_names.h"

namespace mneme {

namespace {

constexpr double kOutputGain = 0.5;  // the density starts wide and in the middle
constexpr double kStartWidth = 0.5;  // b of an untrained window: a character and half of its neighbours

/// [batch, time, …] of steps.
template <class Part>
at::Tensor over_time(const std::vector<HandwritingStep>& steps, Part&& part) {
  std::vector<at::Tensor> parts;
  for (const auto& step : steps) parts.push_back(part(step));
  return torch::stack(parts, 1);
}

}  // namespace

HandwritingImpl::HandwritingImpl(const HandwritingOptions& options, const ModelSizes& sizes, Random& random)
    : options_(options),
      features_(sizes.features),
      outputs_(sizes.outputs),
      tokens_(options.window ? sizes.context_tokens : 0),
      path_(path_named(options.path)) {
  check_options("HandwritingOptions", describe_options(options));
  if (sizes.tokens > 0)
    throw UsageError("model handwriting reads where a pen goes, the task gives numbers of " +
                     std::to_string(sizes.tokens) + " tokens");
  // Without a task (no mixtures, no text) it only tells its options.
  if ((outputs_ - 1) % 6 != 0)
    throw UsageError("model handwriting emits mixtures of Gaussians, 1 + 6 · mixtures numbers; the task asks for " +
                     std::to_string(outputs_));
  if (options.window && tokens_ == 0 && outputs_ > 1)
    throw UsageError("model handwriting slides a window over a text, the task gives none; set model.window=false");
  const int64_t hidden = options.hidden, gates = 4 * hidden;
  const auto group = [this](const std::string& name) {
    return register_module(name, std::make_shared<torch::nn::Module>());
  };
  for (int64_t n = 0; n < options.layers; ++n) {
    const auto layer = group("layer" + std::to_string(n + 1));
    const int64_t seen = features_ + (n > 0 ? tokens_ + hidden : 0), recurrent = hidden + (n == 0 ? tokens_ : 0);
    layers_.push_back({layer->register_parameter("input_weight", torch::zeros({gates, seen})),
                       layer->register_parameter("bias", torch::zeros({gates})),
                       layer->register_parameter("recurrent_weight", torch::zeros({gates, recurrent}))});
  }
  if (tokens_ > 0) {
    const auto window = group("window");
    window_weight_ = window->register_parameter("weight", torch::zeros({3 * options.gaussians, hidden}));
    window_bias_ = window->register_parameter("bias", torch::zeros({3 * options.gaussians}));
  }
  const auto output = group("output");
  output_weight_ = output->register_parameter("weight", torch::zeros({outputs_, options.layers * hidden}));
  output_bias_ = output->register_parameter("bias", torch::zeros({outputs_}));
  initialise(random);
}

void HandwritingImpl::initialise(Random& random) {
  torch::NoGradGuard no_grad;
  const int64_t gaussians = options_.gaussians;
  for (const Layer& layer : layers_) {
    fill_glorot(layer.input_weight, 1, random);
    fill_glorot(layer.recurrent_weight, 1, random);
    layer.bias.narrow(0, options_.hidden, options_.hidden).fill_(kForgetBias);
  }
  if (tokens_ > 0) {
    fill_glorot(window_weight_, 1, random);
    // All bumps together as high as one character, and moving on as fast as a hand writes: the layers above then
    // find what the window shows to be about what is being written from the start.
    window_bias_.narrow(0, 0, gaussians).fill_(-std::log(static_cast<double>(gaussians)));
    window_bias_.narrow(0, gaussians, gaussians).fill_(std::log(kStartWidth));
    window_bias_.narrow(0, 2 * gaussians, gaussians).fill_(std::log(options_.start_advance));
  }
  fill_glorot(output_weight_, kOutputGain, random);
  // Components that start alike would learn alike: their means lie around a circle.
  const int64_t mixtures = (outputs_ - 1) / 6;
  for (int64_t j = 0; j < mixtures; ++j) {
    const double angle = 2 * std::acos(-1.0) * static_cast<double>(j) / static_cast<double>(mixtures);
    output_bias_[1 + mixtures + j] = std::cos(angle);
    output_bias_[1 + 2 * mixtures + j] = std::sin(angle);
  }
}

HandwritingState HandwritingImpl::initial_state(int64_t batch_size) const {
  const auto zeros = [&](at::IntArrayRef sizes) {
    return torch::zeros(sizes, output_bias_.options().requires_grad(false));
  };
  HandwritingState state;
  state.hidden = state.cell = zeros({batch_size, options_.layers, options_.hidden});
  if (tokens_ == 0) return state;
  state.shown = zeros({batch_size, tokens_});
  state.positions = zeros({batch_size, options_.gaussians});
  return state;
}

HandwritingText HandwritingImpl::text_of(const Sequences& given) const {
  if (tokens_ == 0) return {};
  if (!given.context.defined())
    throw Error("Handwriting: the model looks at a text, none was given");
  ShapeCheck check("Handwriting");
  check.expect("inputs", given.inputs, "batch time features").expect("context", given.context, "batch characters");
  const int64_t characters = given.context.size(1);
  auto mask = torch::ones({given.context.size(0), characters}, torch::kBool);
  if (given.context_lengths.defined())
    mask = torch::arange(characters).unsqueeze(0) < given.context_lengths.unsqueeze(1);
  return {torch::one_hot(given.context, tokens_).to(output_bias_.scalar_type()), mask};
}

HandwritingStep HandwritingImpl::step(const at::Tensor& input, const HandwritingState& before,
                                      const HandwritingText& text) const {
  ShapeCheck("Handwriting.step").bind("features", features_, "the model").expect("input", input, "batch features");
  HandwritingStep now;
  std::vector<at::Tensor> hidden, cells;
  for (size_t n = 0; n < layers_.size(); ++n) {
    const auto which = static_cast<int64_t>(n);
    // Every layer sees the pen; the first what the window showed a step before, the others what it shows now.
    std::vector<at::Tensor> seen{input}, recalled{before.hidden.select(1, which)};
    if (n == 0 && tokens_ > 0) recalled.push_back(before.shown);
    if (n > 0 && tokens_ > 0) seen.push_back(now.state.shown);
    if (n > 0) seen.push_back(hidden.back());
    const auto gates = clip_gradient(torch::linear(torch::cat(seen, 1), layers_[n].input_weight, layers_[n].bias) +
                                         torch::linear(torch::cat(recalled, 1), layers_[n].recurrent_weight),
                                     options_.clip_gates)
                           .chunk(4, 1);  // input, forget, cell, output
    cells.push_back(gates[1].sigmoid() * before.cell.select(1, which) + gates[0].sigmoid() * gates[2].tanh());
    hidden.push_back(gates[3].sigmoid() * cells.back().tanh());
    if (n > 0 || tokens_ == 0) continue;
    now.window = advance_window(torch::linear(hidden[0], window_weight_, window_bias_), before.positions);
    now.strengths = window_strengths(now.window, text.mask);
    now.state.shown = read_window(now.strengths, text.characters);
    now.state.positions = now.window.positions;
  }
  now.state.hidden = torch::stack(hidden, 1);
  now.state.cell = torch::stack(cells, 1);
  now.mixture = output(torch::cat(hidden, 1));
  return now;
}

at::Tensor HandwritingImpl::output(const at::Tensor& hidden) const {
  return clip_gradient(torch::linear(hidden, output_weight_, output_bias_), options_.clip_outputs);
}

HandwritingRecord HandwritingImpl::run_composite(const Sequences& given) const {
  const auto text = text_of(given);
  auto state = initial_state(given.inputs.size(0));
  std::vector<HandwritingStep> steps;
  for (int64_t t = 0; t < given.inputs.size(1); ++t) {
    steps.push_back(step(given.inputs.select(1, t), state, text));
    state = steps.back().state;
  }
  HandwritingRecord record;
  record.logits = over_time(steps, [](const auto& step) { return step.mixture; });
  if (tokens_ == 0) return record;
  record.strengths = over_time(steps, [](const auto& step) { return step.strengths; });
  record.importances = over_time(steps, [](const auto& step) { return step.window.importances; });
  record.widths = over_time(steps, [](const auto& step) { return step.window.widths; });
  record.positions = over_time(steps, [](const auto& step) { return step.window.positions; });
  return record;
}

HandwritingRecord HandwritingImpl::run_fused(const Sequences& given) const {
  const auto pen = given.inputs.transpose(0, 1).contiguous();  // [time, batch, features]
  std::vector<at::Tensor> hidden;
  LstmWindowOutputs first;
  for (size_t n = 0; n < layers_.size(); ++n) {
    LstmWindowInputs layer{.inputs = pen,
                           .lengths = given.lengths,
                           .input_weight = layers_[n].input_weight,
                           .bias = layers_[n].bias,
                           .recurrent_weight = layers_[n].recurrent_weight,
                           .clip = options_.clip_gates};
    if (n == 0 && tokens_ > 0) {
      layer.window_weight = window_weight_;
      layer.window_bias = window_bias_;
      layer.context = given.context;
      layer.context_lengths = given.context_lengths;
      layer.tokens = tokens_;
    }
    if (n > 0) {
      std::vector<at::Tensor> seen{pen};
      if (tokens_ > 0) seen.push_back(first.window);
      seen.push_back(hidden.back());
      layer.inputs = torch::cat(seen, 2);
    }
    const auto run = lstm_window(layer);
    if (n == 0) first = run;
    hidden.push_back(run.hidden);
  }
  HandwritingRecord record;
  record.logits = output(torch::cat(hidden, 2)).transpose(0, 1);
  if (tokens_ == 0) return record;
  const auto shaping = first.shaping.transpose(0, 1).chunk(4, 2);  // a, b, exp(κ̂), κ
  record.importances = shaping[0];
  record.widths = shaping[1];
  record.positions = shaping[3];
  return record;
}

Path HandwritingImpl::path_for(const Sequences& given) const {
  if (path_ != Path::automatic) return path_;
  return lstm_window_obstacles({.inputs = given.inputs}).empty() ? Path::fused : Path::composite;
}

Prediction HandwritingImpl::forward(const Sequences& given) {
  check_sequences("Handwriting.forward", given.inputs, given.lengths, features_);
  return {(path_for(given) == Path::fused ? run_fused(given) : run_composite(given)).logits, {}, {}};
}

HandwritingRecord HandwritingImpl::record(const Sequences& given) {
  check_sequences("Handwriting.record", given.inputs, given.lengths, features_);
  torch::NoGradGuard no_grad;
  if (path_for(given) == Path::composite) return run_composite(given);
  auto record = run_fused(given);
  if (tokens_ == 0) return record;
  const auto text = text_of(given);
  const int64_t time = given.inputs.size(1);
  const auto flat = [](const at::Tensor& tensor) { return tensor.flatten(0, 1); };  // [batch · time, …]
  record.strengths = window_strengths({flat(record.importances), flat(record.widths), {}, flat(record.positions)},
                                      text.mask.repeat_interleave(time, 0))
                         .unflatten(0, {given.inputs.size(0), time});
  return record;
}

void HandwritingImpl::set_path(Path path) {
  path_ = path;
  options_.path = path_name(path);
}

int64_t HandwritingImpl::multiply_adds_per_step() const {
  int64_t sum = output_weight_.numel() + (tokens_ > 0 ? window_weight_.numel() : 0);
  for (const Layer& layer : layers_) sum += layer.input_weight.numel() + layer.recurrent_weight.numel();
  return sum;
}

}  // namespace mneme
