#include "mneme/models/transformer/transformer.h"

#include <cmath>

#include "mneme/core/shape.h"
#include "mneme/mechanisms/attention.h"
#include "mneme/mechanisms/positions.h"
#include "mneme/models/checks.h"
#include "mneme/models/initialisation.h"

namespace mneme {
namespace {

constexpr size_t kOfABlock = 4;  // tensors of a block's state

BlockOptions block_options(const TransformerOptions& options, bool reads_context) {
  return {.width = options.width,
          .heads = options.heads,
          .hidden = options.hidden,
          .pre_norm = options.pre_norm,
          .activation = options.activation,
          .dropout = options.dropout,
          .attention_dropout = options.attention_dropout,
          .reads_context = reads_context};
}

void require_tokens(const std::string& operation, const std::string& name, const at::Tensor& tensor) {
  if (tensor.scalar_type() != at::kLong)
    throw Error(operation + ": " + name + " is " + dtype_text(tensor.scalar_type()) +
                ", expected int64, numbers of tokens");
}

/// Undefined where every context is full: attention without a mask is faster.
at::Tensor context_mask(const at::Tensor& lengths, int64_t keys) {
  if (!lengths.defined() || (lengths == keys).all().item<bool>()) return {};
  return length_mask(lengths, keys);
}

}  // namespace

TransformerImpl::TransformerImpl(const TransformerOptions& options, const ModelSizes& sizes, Random& random)
    : options_(options), sizes_(sizes) {
  check_options("TransformerOptions", describe_options(options));
  const auto refuse = [](const std::string& what) { throw UsageError("model transformer: " + what); };
  if (sizes.tokens == 0 || sizes.context_tokens == 0)
    refuse("the task gives " + std::string(sizes.tokens == 0 ? "real numbers" : "no context") +
           ", expected numbers of tokens, and a context to read: a task such as translation");
  if (options.width % 2 != 0)
    refuse("model.width is " + std::to_string(options.width) + ", expected an even number");
  if (options.width % options.heads != 0)
    refuse("model.heads is " + std::to_string(options.heads) + ", expected a divisor of model.width, " +
           std::to_string(options.width));
  if (options.tied_embeddings && (sizes.tokens != sizes.context_tokens || sizes.tokens != sizes.outputs))
    refuse("the vocabularies have " + std::to_string(sizes.context_tokens) + " (context), " +
           std::to_string(sizes.tokens) + " (inputs) and " + std::to_string(sizes.outputs) +
           " (outputs) tokens, expected the same: model.tied_embeddings is set");

  // States of about variance 1 after the factor √d, and logits of about 1 from states of variance 1.
  const double bound = std::sqrt(3 / static_cast<double>(options.width));
  const auto table = [&](const std::string& name, int64_t rows) {
    const auto holder = register_module(name, std::make_shared<torch::nn::Module>());
    const auto weight = holder->register_parameter("weight", torch::empty({rows, options.width}));
    fill_uniform(weight, bound, random);
    return weight;
  };
  embedding_ = table("embedding", sizes.tokens);
  context_embedding_ =
      options.tied_embeddings ? embedding_ : table("context_embedding", sizes.context_tokens);
  output_ = options.tied_embeddings ? embedding_ : table("output", sizes.outputs);

  const auto stack = [&](const std::string& name, int64_t layers, bool reads_context) {
    const auto holder = register_module(name, std::make_shared<torch::nn::Module>());
    std::vector<Block> blocks;
    for (int64_t i = 0; i < layers; ++i)
      blocks.push_back(
          holder->register_module(std::to_string(i), Block(block_options(options, reads_context), random)));
    return blocks;
  };
  encoder_ = stack("encoder", options.encoder_layers, false);
  decoder_ = stack("decoder", options.decoder_layers, true);
  if (!options.pre_norm) return;
  encoder_norm_ = register_module("encoder_norm", Norm("layer", options.width, 1e-5));
  decoder_norm_ = register_module("decoder_norm", Norm("layer", options.width, 1e-5));
}

at::Tensor TransformerImpl::embed(const at::Tensor& table, const at::Tensor& tokens, int64_t first) {
  const auto positions = sinusoidal_positions(first, tokens.size(1), options_.width).to(table.options());
  const auto states =
      at::embedding(table, tokens) * std::sqrt(static_cast<double>(options_.width)) + positions;
  return options_.dropout > 0 ? at::dropout(states, options_.dropout, is_training()) : states;
}

at::Tensor TransformerImpl::encode(const at::Tensor& context, const at::Tensor& mask,
                                   TransformerWeights* weights) {
  auto states = embed(context_embedding_, context, 0);
  for (auto& block : encoder_) {
    BlockWeights seen;
    states = block->forward({.states = states,
                             .mask = {.causal = false, .allowed = mask},
                             .weights = weights == nullptr ? nullptr : &seen});
    if (weights != nullptr) weights->encoder.push_back(seen.self);
  }
  return encoder_norm_ ? encoder_norm_->forward(states) : states;
}

at::Tensor TransformerImpl::logits(const at::Tensor& states) {
  return at::linear(decoder_norm_ ? decoder_norm_->forward(states) : states, output_);
}

Prediction TransformerImpl::forward(const Sequences& given, TransformerWeights* weights) {
  ShapeCheck("Transformer.forward")
      .expect("inputs", given.inputs, "batch time")
      .expect("context", given.context, "batch context");
  require_tokens("Transformer.forward", "inputs", given.inputs);
  require_tokens("Transformer.forward", "context", given.context);
  const auto mask = context_mask(given.context_lengths, given.context.size(1));
  const auto context = encode(given.context, mask, weights);
  auto states = embed(embedding_, given.inputs, 0);
  for (auto& block : decoder_) {
    BlockWeights seen;
    states = block->forward({.states = states,
                             .mask = {.causal = true},
                             .context = context,
                             .context_mask = mask,
                             .weights = weights == nullptr ? nullptr : &seen});
    if (weights != nullptr) weights->decoder.push_back(seen);
  }
  return {logits(states), {}, {}};
}

std::vector<at::Tensor> TransformerImpl::start(const at::Tensor& context, const at::Tensor& context_lengths) {
  ShapeCheck("Transformer.start").expect("context", context, "batch context");
  require_tokens("Transformer.start", "context", context);
  const auto mask = context_mask(context_lengths, context.size(1));
  const auto read = encode(context, mask, nullptr);
  std::vector<at::Tensor> state;
  for (auto& block : decoder_) {
    const KeyValueCache cache = block->remember(read);
    const auto none = read.new_empty({context.size(0), options_.heads, 0, options_.width / options_.heads});
    state.insert(state.end(), {none, none, cache.keys(), cache.values()});
  }
  const auto within = mask.defined() ? mask.squeeze(1).squeeze(1) : at::ones_like(context, at::kBool);
  state.push_back(within);
  return state;
}

at::Tensor TransformerImpl::advance(std::vector<at::Tensor>& state, const at::Tensor& inputs,
                                    const at::Tensor& lengths) {
  ShapeCheck check("Transformer.advance");
  check.expect("inputs", inputs, "batch time");
  require_tokens("Transformer.advance", "inputs", inputs);
  if (lengths.defined() && !(lengths == inputs.size(1)).all().item<bool>())
    throw Error("Transformer.advance: lengths differ, expected all to be " + std::to_string(inputs.size(1)) +
                ", as many steps as inputs has");
  if (state.size() != kOfABlock * decoder_.size() + 1)
    throw Error("Transformer.advance: state holds " + std::to_string(state.size()) + " tensors, expected " +
                std::to_string(kOfABlock * decoder_.size() + 1) + ", as start gives them");
  check.expect("state", state.back(), "batch context");
  const auto within = state.back();
  const auto mask =
      within.all().item<bool>() ? at::Tensor() : within.view({within.size(0), 1, 1, within.size(1)});
  auto states = embed(embedding_, inputs, state.front().size(2));
  for (size_t i = 0; i < decoder_.size(); ++i) {
    const auto own = state.begin() + static_cast<int64_t>(kOfABlock * i);
    BlockCache cache{{own[0], own[1]}, {own[2], own[3]}};
    states = decoder_[i]->forward(
        {.states = states, .mask = {.causal = true}, .context_mask = mask, .cache = &cache});
    own[0] = cache.self.keys(), own[1] = cache.self.values();
  }
  return logits(states);
}

int64_t TransformerImpl::multiply_adds_per_step() const {
  int64_t sum = sizes_.outputs * options_.width;
  const int64_t context_keys = 2 * options_.width * options_.width;
  for (const auto& block : encoder_) sum += block->multiply_adds(0);
  for (const auto& block : decoder_) sum += block->multiply_adds(0) + context_keys;
  return sum;
}

int64_t TransformerImpl::multiply_adds(const Sequences& given) const {
  const auto lengths_of = [](const at::Tensor& lengths, const at::Tensor& tokens) {
    return lengths.defined() ? lengths : at::full({tokens.size(0)}, tokens.size(1), at::kLong);
  };
  const auto times = lengths_of(given.lengths, given.inputs),
             reads = lengths_of(given.context_lengths, given.context);
  const int64_t context_keys = 2 * options_.width * options_.width;
  int64_t sum = 0;
  for (int64_t i = 0; i < times.size(0); ++i) {
    const auto time = times[i].item<int64_t>(), read = reads[i].item<int64_t>();
    for (const auto& block : encoder_) sum += read * block->multiply_adds(read);
    // A step sees itself and those before it: half of them in the mean.
    for (const auto& block : decoder_)
      sum += time * block->multiply_adds((time + 1) / 2, read) + read * context_keys;
    sum += time * sizes_.outputs * options_.width;
  }
  return sum;
}

}  // namespace mneme
