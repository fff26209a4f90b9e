#include "mneme/models/gpt.h"

#include <cmath>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/mechanisms/positions.h"
#include "mneme/models/checks.h"
#include "mneme/models/initialisation.h"

namespace mneme {
namespace {

constexpr double kDeviation = 0.02;  // of initial weights

BlockOptions block_options(const GptOptions& options) {
  return {.width = options.width,
          .heads = options.heads,
          .key_value_heads = options.key_value_heads,
          .hidden = options.hidden > 0 ? options.hidden : 4 * options.width,
          .norm = options.norm,
          .norm_epsilon = options.norm_epsilon,
          .activation = options.activation,
          .bias = options.bias,
          .dropout = options.dropout,
          .attention_dropout = options.attention_dropout,
          .rotary_base = options.positions == "rotary" ? options.rotary_base : 0};
}

}  // namespace

GptImpl::GptImpl(const GptOptions& options, const ModelSizes& sizes, Random& random)
    : options_(options), sizes_(sizes) {
  check_options("GptOptions", describe_options(options));
  if (sizes.context_tokens > 0) throw UsageError("model gpt reads no context, the task gives one");
  const auto refuse = [](const std::string& key, int64_t value, const std::string& expected) {
    throw UsageError("model." + key + " is " + std::to_string(value) + ", expected " + expected);
  };
  if (options_.width % options_.heads != 0)
    refuse("heads", options_.heads, "a divisor of model.width " + std::to_string(options_.width));
  if (options_.key_value_heads > 0 && options_.heads % options_.key_value_heads != 0)
    refuse("key_value_heads", options_.key_value_heads,
           "a divisor of model.heads " + std::to_string(options_.heads));
  if ((options_.positions == "sinusoidal" && options_.width % 2 != 0) ||
      (options_.positions == "rotary" && options_.width / options_.heads % 2 != 0))
    refuse("width", options_.width,
           "an even number of units a head for " + options_.positions + " positions");

  if (sizes.tokens > 0)
    tokens_ = register_module("tokens", torch::nn::Embedding(sizes.tokens, options_.width));
  else
    input_ = register_module("input", torch::nn::Linear(sizes.features, options_.width));
  if (options_.positions == "learned")
    positions_ = register_module("positions", torch::nn::Embedding(options_.context, options_.width));
  const auto blocks = register_module("blocks", std::make_shared<torch::nn::Module>());
  for (int64_t i = 0; i < options_.layers; ++i)
    blocks_.push_back(blocks->register_module(std::to_string(i), Block(block_options(options_), random)));
  norm_ = register_module("norm", Norm(options_.norm, options_.width, options_.norm_epsilon));
  if (!(options_.tied_output && sizes.tokens == sizes.outputs))
    output_ = register_module(
        "output", torch::nn::Linear(torch::nn::LinearOptions(options_.width, sizes.outputs).bias(false)));

  const torch::NoGradGuard no_grad;
  for (const auto& parameter : named_parameters()) {
    const auto& [name, value] = parameter.pair();
    // Every block adds twice to the states: their size stays the same whatever the number of layers.
    const bool adds = name.starts_with("blocks.") && name.ends_with(".output.weight");
    if (value.dim() == 2)
      fill_normal(value, kDeviation / (adds ? std::sqrt(2.0 * static_cast<double>(options_.layers)) : 1),
                  random);
  }
  if (input_) input_->bias.zero_();
}

at::Tensor GptImpl::embed(const std::string& operation, const at::Tensor& inputs, int64_t first) {
  const int64_t steps = inputs.size(1);
  if (first + steps > options_.context)
    throw Error(operation + ": " + std::to_string(first + steps) + " steps, expected at most " +
                std::to_string(options_.context) + " (model.context)");
  at::Tensor states = sizes_.tokens > 0 ? tokens_->forward(inputs) : input_->forward(inputs);
  if (options_.positions == "learned") states = states + positions_->weight.narrow(0, first, steps);
  if (options_.positions == "sinusoidal")
    states = states + sinusoidal_positions(first, steps, options_.width).to(states.options());
  return options_.dropout > 0 ? at::dropout(states, options_.dropout, is_training()) : states;
}

at::Tensor GptImpl::run(const std::string& operation, const at::Tensor& inputs, StackCache* cache,
                        GptRecord* record) {
  if (sizes_.tokens > 0)
    check_tokens(operation, inputs, sizes_.tokens);
  else
    ShapeCheck(operation)
        .bind("features", sizes_.features, "the model")
        .expect("inputs", inputs, "batch time features");
  int64_t first = 0;
  if (cache != nullptr) {
    if (cache->empty()) cache->resize(blocks_.size());
    if (cache->size() != blocks_.size())
      throw Error(operation + ": the cache is of " + std::to_string(cache->size()) + " blocks, expected " +
                  std::to_string(blocks_.size()));
    first = cache->front().self.steps();
  }
  auto states = embed(operation, inputs, first);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    BlockWeights weights;
    states = blocks_[i]->forward({.states = states,
                                  .mask = {.causal = true},
                                  .cache = cache == nullptr ? nullptr : &(*cache)[i],
                                  .weights = record == nullptr ? nullptr : &weights});
    if (record != nullptr) record->weights.push_back(weights.self);
  }
  states = norm_->forward(states);
  return output_ ? output_->forward(states) : at::linear(states, tokens_->weight);
}

Prediction GptImpl::forward(const Sequences& given) {
  // Nobody looks ahead, so what stands past a sequence's end changes nothing before it.
  return {run("Gpt.forward", given.inputs, nullptr, nullptr), {}, {}};
}

GptRecord GptImpl::record(const at::Tensor& inputs) {
  GptRecord record;
  record.logits = run("Gpt.record", inputs, nullptr, &record);
  return record;
}

at::Tensor GptImpl::go_on(StackCache& cache, const at::Tensor& inputs) {
  return run("Gpt.go_on", inputs, &cache, nullptr);
}

int64_t GptImpl::multiply_adds_per_step() const {
  // A step sees half of the context on average. Picking a token's embedding is no product.
  int64_t sum = sizes_.outputs * options_.width + (sizes_.tokens > 0 ? 0 : sizes_.features * options_.width);
  for (const auto& block : blocks_) sum += block->multiply_adds(options_.context / 2);
  return sum;
}

}  // namespace mneme
