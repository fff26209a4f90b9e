#include "mneme/models/transformer/attention_layer.h"

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/mechanisms/attention.h"
#include "mneme/mechanisms/positions.h"
#include "mneme/models/initialisation.h"

namespace mneme {

AttentionLayerImpl::AttentionLayerImpl(const AttentionLayerOptions& options, Random& random)
    : options_(options) {
  const auto refuse = [](const std::string& name, int64_t came, const std::string& expected) {
    throw Error("AttentionLayer: " + name + " is " + std::to_string(came) + ", expected " + expected);
  };
  if (options_.key_value_heads == 0) options_.key_value_heads = options_.heads;
  if (options_.heads < 1 || options_.width % options_.heads != 0)
    refuse("heads", options_.heads, "a divisor of the width " + std::to_string(options_.width));
  if (options_.key_value_heads < 1 || options_.heads % options_.key_value_heads != 0)
    refuse("key_value_heads", options_.key_value_heads,
           "a divisor of the heads " + std::to_string(options_.heads));
  head_width_ = options_.width / options_.heads;
  key_width_ = head_width_ * options_.key_value_heads;
  const auto linear = [&](const char* name, int64_t from, int64_t to) {
    auto layer =
        register_module(name, torch::nn::Linear(torch::nn::LinearOptions(from, to).bias(options_.bias)));
    if (options_.bias) torch::nn::init::zeros_(layer->bias);
    return layer;
  };
  query_key_value_ = linear("query_key_value", options_.width, options_.width + 2 * key_width_);
  output_ = linear("output", options_.width, options_.width);
  const torch::NoGradGuard no_grad;
  fill_glorot(query_key_value_->weight.narrow(0, 0, options_.width), 1, random);
  fill_glorot(query_key_value_->weight.narrow(0, options_.width, key_width_), 1, random);
  fill_glorot(query_key_value_->weight.narrow(0, options_.width + key_width_, key_width_), 1, random);
  fill_glorot(output_->weight, 1, random);
}

at::Tensor AttentionLayerImpl::split(const at::Tensor& projected) const {
  return projected.unflatten(2, {-1, head_width_}).transpose(1, 2);
}

at::Tensor AttentionLayerImpl::project(const at::Tensor& states, int64_t first, int64_t rows) const {
  const auto& layer = *query_key_value_;
  return torch::nn::functional::linear(states, layer.weight.narrow(0, first, rows),
                                       options_.bias ? layer.bias.narrow(0, first, rows) : at::Tensor());
}

at::Tensor AttentionLayerImpl::forward(const at::Tensor& states, const AttentionMask& mask,
                                       KeyValueCache* cache, at::Tensor* weights) {
  ShapeCheck("AttentionLayer.forward")
      .bind("width", options_.width, "the layer")
      .expect("states", states, "batch time width");
  const auto all =
      query_key_value_->forward(states).split_with_sizes({options_.width, key_width_, key_width_}, 2);
  auto queries = split(all[0]), keys = split(all[1]), values = split(all[2]);
  if (options_.rotary_base > 0) {
    const int64_t first = cache == nullptr ? 0 : cache->steps();
    queries = rotary_positions(queries, first, options_.rotary_base);
    keys = rotary_positions(keys, first, options_.rotary_base);
  }
  if (cache != nullptr) {
    cache->append(keys, values);
    keys = cache->keys(), values = cache->values();
  }
  return attend(queries, keys, values, mask, weights);
}

KeyValueCache AttentionLayerImpl::remember(const at::Tensor& context) const {
  ShapeCheck("AttentionLayer.remember")
      .bind("width", options_.width, "the layer")
      .expect("context", context, "batch keys width");
  const auto both = project(context, options_.width, 2 * key_width_).split(key_width_, 2);
  return {split(both[0]), split(both[1])};
}

at::Tensor AttentionLayerImpl::read_context(const at::Tensor& states, const at::Tensor& context,
                                            const AttentionMask& mask, KeyValueCache* cache,
                                            at::Tensor* weights) {
  ShapeCheck check("AttentionLayer.read_context");
  check.bind("width", options_.width, "the layer").expect("states", states, "batch time width");
  const auto queries = split(project(states, 0, options_.width));
  if (cache != nullptr && cache->steps() > 0)
    return attend(queries, cache->keys(), cache->values(), mask, weights);
  check.expect("context", context, "batch keys width");
  const KeyValueCache remembered = remember(context);
  if (cache != nullptr) *cache = remembered;
  return attend(queries, remembered.keys(), remembered.values(), mask, weights);
}

at::Tensor AttentionLayerImpl::attend(const at::Tensor& queries, at::Tensor keys, at::Tensor values,
                                      const AttentionMask& mask, at::Tensor* weights) {
  if (mask.causal && mask.allowed.defined())
    throw Error("AttentionLayer: mask.allowed is given and mask.causal set, expected one of them");
  if (options_.key_value_heads != options_.heads) {
    const int64_t shared_by = options_.heads / options_.key_value_heads;
    keys = keys.repeat_interleave(shared_by, 1), values = values.repeat_interleave(shared_by, 1);
  }
  // The engine's own causal mask begins at the first key, so it does not fit queries that go on from a past.
  const int64_t count = queries.size(2);
  bool causal = mask.causal && count > 1;
  at::Tensor allowed = mask.allowed;
  if (causal && (weights != nullptr || keys.size(2) != count)) {
    allowed = causal_mask(count, keys.size(2), queries.device());
    causal = false;
  }
  const double dropout = is_training() ? options_.dropout : 0;
  at::Tensor read;
  if (weights == nullptr) {
    read = fused_dot_product_attention(queries, keys, values, allowed, causal, dropout);
  } else {
    auto reading = dot_product_attention(queries, keys, values, allowed);
    *weights = reading.weights;
    read = dropout > 0 ? at::matmul(at::dropout(reading.weights, dropout, true), values) : reading.read;
  }
  return output_->forward(read.transpose(1, 2).flatten(2));
}

}  // namespace mneme
