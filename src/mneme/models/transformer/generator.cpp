#include "mneme/models/transformer/generator.h"

#include "mneme/core/error.h"
#include "mneme/mechanisms/positions.h"

namespace mneme {

DecoderWeights decoder_weights(const GptImpl& model) {
  const auto parameters = model.named_parameters();
  const auto named = [&](const std::string& name) {
    const auto* found = parameters.find(name);
    return found == nullptr ? at::Tensor() : found->detach();
  };
  const GptOptions& options = model.options();
  DecoderWeights weights;
  for (int64_t i = 0; i < options.layers; ++i) {
    const std::string block = "blocks." + std::to_string(i) + ".";
    const auto of = [&](const char* name) { return named(block + name); };
    weights.layers.push_back(
        {of("attention_norm.weight"), of("attention_norm.bias"), of("attention.query_key_value.weight"),
         of("attention.query_key_value.bias"), of("attention.output.weight"), of("attention.output.bias"),
         of("feed_forward_norm.weight"), of("feed_forward_norm.bias"), of("feed_forward.input.weight"),
         of("feed_forward.input.bias"), of("feed_forward.output.weight"), of("feed_forward.output.bias")});
  }
  weights.norm_weight = named("norm.weight");
  weights.norm_bias = named("norm.bias");
  weights.output = named("output.weight");
  if (!weights.output.defined()) weights.output = named("tokens.weight");
  weights.heads = options.heads;
  weights.key_value_heads = options.key_value_heads == 0 ? options.heads : options.key_value_heads;
  weights.capacity = options.context;
  weights.rms_norm = options.norm == "rms";
  weights.norm_epsilon = options.norm_epsilon;
  weights.activation = options.activation;
  weights.rotary_base = options.positions == "rotary" ? options.rotary_base : 0;
  return weights;
}

Generator::Generator(GptImpl& model, const GeneratorOptions& options) : model_(model) {
  if (model.sizes().tokens == 0)
    throw Error("Generator: the model reads real numbers, expected numbers of tokens");
  if (!options.cache && options.form != WeightForm::float32)
    throw Error("Generator: weights of another form than float32 need the cache");
  model_.eval();
  if (!options.cache) return;
  decoder_ = std::make_unique<Decoder>(decoder_weights(model), options.form);
  const auto parameters = model.named_parameters();
  tokens_ = parameters["tokens.weight"].detach();
  const auto& shape = model.options();
  if (shape.positions == "learned") positions_ = parameters["positions.weight"].detach();
  if (shape.positions == "sinusoidal") positions_ = sinusoidal_positions(0, shape.context, shape.width);
}

const float* Generator::begin(const std::vector<int64_t>& prompt) {
  const int64_t context = model_.options().context;
  const auto count = static_cast<int64_t>(prompt.size());
  if (count < 1 || count > context)
    throw Error("Generator.begin: the prompt has " + std::to_string(count) + " tokens, expected 1.." +
                std::to_string(context) + " (model.context)");
  text_ = prompt;
  if (!decoder_) return read_all();
  if (prompt != prompt_) {
    const torch::NoGradGuard no_grad;
    StackCache cache;
    const auto logits = model_.go_on(cache, torch::tensor(prompt).unsqueeze(0));
    prompt_logits_ = logits[0][-1].contiguous();
    keys_.clear(), values_.clear();
    for (const BlockCache& block : cache) {
      keys_.push_back(block.self.keys()[0]);
      values_.push_back(block.self.values()[0]);
    }
    prompt_ = prompt;
  }
  decoder_->begin(keys_, values_);
  return prompt_logits_.const_data_ptr<float>();
}

const float* Generator::step(int64_t token) {
  const int64_t context = model_.options().context;
  if (static_cast<int64_t>(text_.size()) == context) {
    std::vector<int64_t> rest(text_.end() - context / 2, text_.end());
    rest.push_back(token);
    return begin(rest);
  }
  const auto position = static_cast<int64_t>(text_.size());
  text_.push_back(token);
  if (!decoder_) return read_all();
  const torch::NoGradGuard no_grad;
  const at::Tensor embedding = positions_.defined() ? tokens_[token] + positions_[position] : tokens_[token];
  return decoder_->step(embedding.const_data_ptr<float>());
}

const float* Generator::read_all() {
  const torch::NoGradGuard no_grad;
  logits_ = model_.predict(torch::tensor(text_).unsqueeze(0), {})[0][-1].contiguous();
  return logits_.const_data_ptr<float>();
}

}  // namespace mneme
