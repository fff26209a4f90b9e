#include "mneme/models/act_rnn.h"

#include <cmath>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/models/carried_state.h"
#include "mneme/models/checks.h"
#include "mneme/models/initialisation.h"
#include "mneme/models/path_names.h"

namespace mneme {
namespace {

/// mean + p · state, where there is a mean already.
std::vector<at::Tensor> add_weighted(const std::vector<at::Tensor>& mean, const at::Tensor& weights,
                                     const std::vector<at::Tensor>& states) {
  std::vector<at::Tensor> sum;
  for (size_t i = 0; i < states.size(); ++i) {
    const auto part = mask_like(weights, states[i]) * states[i];
    sum.push_back(mean.empty() ? part : mean[i] + part);
  }
  return sum;
}

}  // namespace

ActRnnImpl::ActRnnImpl(const ActOptions& options, const ModelSizes& sizes, Random& random)
    : options_(options),
      tokens_(sizes.tokens),
      features_(sizes.tokens > 0 ? sizes.tokens : sizes.features),
      path_(path_named(options.path)) {
  check_options("ActOptions", describe_options(options));
  if (options.cell == "ntm") {
    cell_ = ntm_cell(options.hidden, options.slots, options.width, features_, sizes.outputs, random);
  } else {
    cell_ = recurrent_ = std::make_shared<RecurrentCell>(options.cell, options.hidden, features_, sizes.outputs, random);
  }
  register_module("cell", cell_);
  const auto halting = register_module("halting", std::make_shared<torch::nn::Module>());
  halting_weight_ = halting->register_parameter("weight", torch::zeros({options.hidden}));
  halting_bias_ = halting->register_parameter("bias", torch::full({1}, options.halting_bias));
  fill_uniform(halting_weight_, 1 / std::sqrt(static_cast<double>(options.hidden)), random);
}

ActStep ActRnnImpl::step(const at::Tensor& input, const std::vector<at::Tensor>& before, const at::Tensor& live) const {
  ShapeCheck("ActRnn.step").bind("features", features_, "the model").expect("input", input, "batch features");
  ActStep now;
  now.halted = begin_halting(input.select(1, 0));
  if (live.defined()) now.halted.running = live;
  std::vector<at::Tensor> mean;  // of the state, then the logits
  auto state = before;
  for (int64_t n = 1; n == 1 || now.halted.running.any().item<bool>(); ++n) {
    const auto flag = torch::full({input.size(0), 1}, n == 1 ? 1.0 : 0.0, input.options().requires_grad(false));
    auto inner = cell_->step(torch::cat({input, flag}, 1), state);
    now.halting.push_back((inner.hidden.matmul(halting_weight_) + halting_bias_).sigmoid());  // h_n
    auto halting = halting_step(now.halted, now.halting.back(), n == options_.max_steps, options_.epsilon);
    now.weights.push_back(halting.weights);
    now.halted = std::move(halting.after);
    state = inner.state;
    inner.state.push_back(inner.logits);
    mean = add_weighted(mean, halting.weights, inner.state);
  }
  now.logits = mean.back();
  mean.pop_back();
  if (live.defined())
    for (size_t i = 0; i < mean.size(); ++i) mean[i] = at::where(mask_like(live, mean[i]), mean[i], before[i]);
  now.state = std::move(mean);
  return now;
}

template <class Visit>
void ActRnnImpl::run_composite(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths,
                               Visit&& visit) const {
  for (int64_t t = 0; t < inputs.size(1); ++t) {
    const auto now = step(inputs.select(1, t), state, lengths.defined() ? lengths > t : at::Tensor());
    visit(now);
    state = now.state;
  }
}

ActRnnImpl::Run ActRnnImpl::run(std::vector<at::Tensor>& state, const at::Tensor& inputs,
                                const at::Tensor& lengths) const {
  if (path_ == Path::fused || (path_ == Path::automatic && fused_obstacles().empty()))
    return run_fused(state, inputs, lengths);
  std::vector<at::Tensor> logits, ponder, steps;
  run_composite(state, inputs, lengths, [&](const ActStep& now) {
    logits.push_back(now.logits);
    ponder.push_back(ponder_cost(now.halted));
    steps.push_back(now.halted.steps);
  });
  return {torch::stack(logits, 1), torch::stack(ponder, 1), torch::stack(steps, 1)};
}

std::string ActRnnImpl::fused_obstacles() const {
  if (options_.cell != "rnn" && options_.cell != "lstm")
    return "cell is " + options_.cell + ", the kernel is for rnn and lstm";
  ActSequenceInputs inputs;
  inputs.recurrent_weight = recurrent_->recurrent_weight();
  return act_sequence_obstacles(inputs, {});
}

ActRnnImpl::Run ActRnnImpl::run_fused(std::vector<at::Tensor>& state, const at::Tensor& inputs,
                                      const at::Tensor& lengths) const {
  const auto obstacles = fused_obstacles();
  if (!obstacles.empty()) throw Error("ActRnn.forward: the fused path cannot run:\n" + obstacles);
  const auto& weight = recurrent_->input_weight();  // [gates, features + 1]
  const bool lstm = options_.cell == "lstm";
  const auto made =
      act_sequence({.input_gates = torch::linear(inputs, weight.narrow(1, 0, features_), recurrent_->bias()),
                    .lengths = lengths,
                    .flag = weight.select(1, features_),
                    .recurrent_weight = recurrent_->recurrent_weight(),
                    .halting_weight = halting_weight_,
                    .halting_bias = halting_bias_,
                    .hidden = state[0],
                    .cell = lstm ? state[1] : at::Tensor()},
                   {.cell = lstm ? ActCellKind::lstm : ActCellKind::tanh,
                    .max_steps = options_.max_steps,
                    .epsilon = options_.epsilon});
  state = {made.final_hidden};
  if (lstm) state.push_back(made.final_cell);
  // The weights p sum to 1 and the output is linear: the mean output is the output of the mean.
  return {recurrent_->output(made.hidden), made.ponder, made.steps};
}

at::Tensor ActRnnImpl::as_features(const at::Tensor& inputs) const {
  if (tokens_ == 0) return inputs;
  ShapeCheck("ActRnn").expect("inputs", inputs, "batch time");
  return torch::one_hot(inputs, tokens_).to(halting_weight_.scalar_type());
}

Prediction ActRnnImpl::forward(const Sequences& given) {
  const auto inputs = as_features(given.inputs);
  check_sequences("ActRnn.forward", inputs, given.lengths, features_);
  const int64_t batch_size = inputs.size(0);
  auto state = cell_->start(batch_size);
  const auto made = run(state, inputs, given.lengths);
  const double live_steps = given.lengths.defined() ? given.lengths.sum().item<double>()
                                                    : static_cast<double>(batch_size * inputs.size(1));
  Prediction prediction{made.logits, {}, {}};
  prediction.cost = made.ponder.sum() * (options_.time_penalty / static_cast<double>(batch_size));
  prediction.figures["ponder_steps"] = {made.steps.sum().item<double>(), live_steps};
  return prediction;
}

at::Tensor ActRnnImpl::advance(std::vector<at::Tensor>& state, const at::Tensor& given, const at::Tensor& lengths) {
  const auto inputs = as_features(given);
  check_sequences("ActRnn.advance", inputs, lengths, features_);
  auto start = cell_->start(inputs.size(0));
  if (state.empty()) {
    state = std::move(start);
  } else {
    NamedState expected;
    for (const auto& tensor : start) expected.emplace_back("cell", tensor);
    check_state("ActRnn.advance", state, expected);
  }
  return run(state, inputs, lengths).logits;
}

ActRecord ActRnnImpl::record(const at::Tensor& given, const at::Tensor& lengths) const {
  const auto inputs = as_features(given);
  check_sequences("ActRnn.record", inputs, lengths, features_);
  const torch::NoGradGuard no_grad;
  std::vector<ActStep> steps;
  auto state = cell_->start(inputs.size(0));
  run_composite(state, inputs, lengths, [&](const ActStep& now) { steps.push_back(now); });
  size_t most = 0;
  for (const auto& step : steps) most = std::max(most, step.weights.size());

  ActRecord record;
  std::vector<at::Tensor> halting, weights, counts, remainders, logits;
  for (auto& step : steps) {
    const auto none = torch::zeros_like(step.weights[0]);
    step.halting.resize(most, none);
    step.weights.resize(most, none);
    const auto taken = torch::arange(static_cast<int64_t>(most)).unsqueeze(0) < step.halted.steps.unsqueeze(1);
    halting.push_back(torch::stack(step.halting, 1) * taken);
    weights.push_back(torch::stack(step.weights, 1));
    counts.push_back(step.halted.steps);
    remainders.push_back(step.halted.remainder);
    logits.push_back(step.logits);
  }
  return {torch::stack(halting, 1), torch::stack(weights, 1), torch::stack(counts, 1), torch::stack(remainders, 1),
          torch::stack(logits, 1)};
}

void ActRnnImpl::set_path(Path path) {
  path_ = path;
  options_.path = path_name(path);
}

int64_t ActRnnImpl::multiply_adds_per_step() const {
  return cell_->multiply_adds_per_step() + halting_weight_.numel();
}

}  // namespace mneme
