#include "mneme/models/transformer/block.h"

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/models/initialisation.h"

namespace mneme {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& came, const std::string& expected) {
  throw Error("Block: " + name + " is " + came + ", expected " + expected);
}

}  // namespace

NormImpl::NormImpl(const std::string& kind, int64_t width, double epsilon) : epsilon_(epsilon) {
  if (kind != "layer" && kind != "rms") refuse("norm", kind, "layer or rms");
  weight_ = register_parameter("weight", torch::ones({width}));
  if (kind == "layer") bias_ = register_parameter("bias", torch::zeros({width}));
}

at::Tensor NormImpl::forward(const at::Tensor& states) const {
  if (bias_.defined()) return at::layer_norm(states, {weight_.size(0)}, weight_, bias_, epsilon_);
  const auto mean_square = states.square().mean(-1, /*keepdim=*/true);
  return states * at::rsqrt(mean_square + epsilon_) * weight_;
}

FeedForwardImpl::FeedForwardImpl(const BlockOptions& options, Random& random)
    : activation_(options.activation) {
  if (activation_ != "relu" && activation_ != "gelu" && activation_ != "gelu-tanh" && activation_ != "swiglu")
    refuse("activation", activation_, "relu, gelu, gelu-tanh or swiglu");
  const auto linear = [&](const char* name, int64_t from, int64_t to) {
    auto layer =
        register_module(name, torch::nn::Linear(torch::nn::LinearOptions(from, to).bias(options.bias)));
    if (options.bias) torch::nn::init::zeros_(layer->bias);
    return layer;
  };
  const int64_t parts = activation_ == "swiglu" ? 2 : 1;
  input_ = linear("input", options.width, parts * options.hidden);
  output_ = linear("output", options.hidden, options.width);
  const torch::NoGradGuard no_grad;
  for (const auto& part : input_->weight.chunk(parts, 0)) fill_glorot(part, 1, random);
  fill_glorot(output_->weight, 1, random);
}

at::Tensor FeedForwardImpl::forward(const at::Tensor& states) {
  const auto hidden = input_->forward(states);
  if (activation_ == "relu") return output_->forward(at::relu(hidden));
  if (activation_ == "gelu") return output_->forward(at::gelu(hidden));
  if (activation_ == "gelu-tanh") return output_->forward(at::gelu(hidden, "tanh"));
  const auto halves = hidden.chunk(2, -1);
  return output_->forward(at::silu(halves[0]) * halves[1]);
}

BlockImpl::BlockImpl(const BlockOptions& options, Random& random) : options_(options) {
  const AttentionLayerOptions self{.width = options.width,
                                   .heads = options.heads,
                                   .key_value_heads = options.key_value_heads,
                                   .bias = options.bias,
                                   .dropout = options.attention_dropout,
                                   .rotary_base = options.rotary_base};
  const auto norm = [&](const char* name) {
    return register_module(name, Norm(options.norm, options.width, options.norm_epsilon));
  };
  attention_norm_ = norm("attention_norm");
  attention_ = register_module("attention", AttentionLayer(self, random));
  if (options.reads_context) {
    AttentionLayerOptions other = self;
    other.rotary_base = 0;  // positions of the context are not this sequence's
    context_norm_ = norm("context_norm");
    context_attention_ = register_module("context_attention", AttentionLayer(other, random));
  }
  feed_forward_norm_ = norm("feed_forward_norm");
  feed_forward_ = register_module("feed_forward", FeedForward(options, random));
}

template <class Part>
at::Tensor BlockImpl::add_part(const at::Tensor& states, const Norm& norm, Part&& part) const {
  const auto kept = [&](const at::Tensor& added) {
    return options_.dropout > 0 ? at::dropout(added, options_.dropout, is_training()) : added;
  };
  if (options_.pre_norm) return states + kept(part(norm->forward(states)));
  return norm->forward(states + kept(part(states)));
}

at::Tensor BlockImpl::forward(const BlockInput& given) {
  ShapeCheck("Block.forward")
      .bind("width", options_.width, "the block")
      .expect("states", given.states, "batch time width");
  const bool context_known = given.cache != nullptr && given.cache->context.steps() > 0;
  if (options_.reads_context && !given.context.defined() && !context_known)
    throw Error("Block.forward: context is undefined, expected [batch, context, width]; the block reads one");
  if (!options_.reads_context && given.context.defined())
    throw Error("Block.forward: context is " + shape_text(given.context) +
                ", expected none; the block reads none");
  auto states = add_part(given.states, attention_norm_, [&](const at::Tensor& from) {
    return attention_->forward(from, given.mask, given.cache == nullptr ? nullptr : &given.cache->self,
                               given.weights == nullptr ? nullptr : &given.weights->self);
  });
  if (options_.reads_context)
    states = add_part(states, context_norm_, [&](const at::Tensor& from) {
      return context_attention_->read_context(from, given.context, {.allowed = given.context_mask},
                                              given.cache == nullptr ? nullptr : &given.cache->context,
                                              given.weights == nullptr ? nullptr : &given.weights->context);
    });
  return add_part(states, feed_forward_norm_,
                  [&](const at::Tensor& from) { return feed_forward_->forward(from); });
}

int64_t BlockImpl::multiply_adds(int64_t keys, int64_t context) const {
  const auto weights = [](const torch::nn::Module& module) {
    int64_t sum = 0;
    for (const auto& parameter : module.parameters())
      if (parameter.dim() == 2) sum += parameter.numel();
    return sum;
  };
  // Attention takes one product with each key and one with each value.
  int64_t sum = weights(*attention_) + weights(*feed_forward_) + 2 * options_.width * keys;
  // The keys and values of a context are its own positions' work, not this one's.
  if (options_.reads_context) sum += 2 * options_.width * options_.width + 2 * options_.width * context;
  return sum;
}

}  // namespace mneme
