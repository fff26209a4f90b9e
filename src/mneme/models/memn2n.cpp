#include "mneme/models/memn2n.h"

#include <cmath>

#include "mneme/mechanisms/memory_hop.h"
#include "mneme/mechanisms/position_encoding.h"
#include "mneme/models/checks.h"
#include "mneme/models/initialisation.h"

namespace mneme {
namespace {

// Uniform numbers with the paper's standard deviation of 0.1.
const double kParameterBound = 0.1 * std::sqrt(3.0);

}  // namespace

MemN2NImpl::MemN2NImpl(const MemN2NOptions& options, const ModelSizes& sizes, Random& random)
    : options_(options), sizes_(sizes) {
  check_options("MemN2NOptions", describe_options(options));
  if (sizes.tokens <= 0) throw UsageError("model memn2n reads numbers of words, the task gives real numbers");
  const bool adjacent = options.tying == "adjacent";
  const auto width = options.width;
  const auto parameter = [&](const std::string& name, at::IntArrayRef shape) {
    auto value = register_parameter(name, torch::empty(shape));
    fill_uniform(value, kParameterBound, random);
    return value;
  };
  embeddings_ = parameter("embeddings", {adjacent ? options.hops + 1 : 3, sizes.tokens, width});
  temporal_ = parameter("temporal", {adjacent ? options.hops + 1 : 2, options.memories, width});
  const auto linear = [&](const std::string& name, int64_t outputs) {
    auto layer = register_module(name, torch::nn::Linear(torch::nn::LinearOptions(width, outputs).bias(false)));
    fill_uniform(layer->weight, kParameterBound, random);
    return layer;
  };
  if (!adjacent) hop_ = linear("hop", width);
  output_ = linear("output", sizes.outputs);
}

Prediction MemN2NImpl::forward(const Sequences& given) {
  const auto story = story_question("MemN2N.forward", given, sizes_.features, options_.memories);
  return {at_every_step(answer(story).logits, given.inputs.size(1)), {}, {}};
}

MemN2NRecord MemN2NImpl::record(const Sequences& given) {
  const torch::NoGradGuard no_gradients;
  const auto story = story_question("MemN2N.record", given, sizes_.features, options_.memories);
  const auto answered = answer(story);
  return {at_steps(torch::stack(answered.weights, 1), story, given.inputs.size(1)), answered.logits};
}

MemN2NImpl::Answer MemN2NImpl::answer(const StoryQuestion& story) {
  const bool adjacent = options_.tying == "adjacent";
  const int64_t memory_sets = temporal_.size(0), width = options_.width;
  const int64_t batch = story.mask.size(0), memories = story.mask.size(1);
  const auto times = torch::embedding(temporal_.permute({1, 0, 2}).reshape({options_.memories, -1}), ages(story))
                         .view({batch, memories, memory_sets, width});
  const auto stored = (encoded_sentences(story.sentences, embeddings_.narrow(0, 0, memory_sets)) + times)
                          .unbind(2);  // each [batch, memories, width]
  const auto asked_by = embeddings_.narrow(0, adjacent ? 0 : 2, 1);
  auto question = encoded_sentences(story.question, asked_by).select(2, 0).select(1, 0);  // u: [batch, width]

  Answer answered;
  for (int64_t hop = 0; hop < options_.hops; ++hop) {
    const auto set = static_cast<size_t>(adjacent ? hop : 0);
    const auto look = memory_hop(question, stored[set], stored[set + 1], story.mask, linear_);
    answered.weights.push_back(look.weights);
    question = (adjacent ? question : hop_->forward(question)) + look.read;  // u
  }
  answered.logits = output_->forward(question);
  return answered;
}

at::Tensor MemN2NImpl::ages(const StoryQuestion& story) const {
  const auto memories = story.mask.size(1);
  auto age = story.counts.unsqueeze(1) - 1 - torch::arange(memories, torch::kLong);  // [batch, memories]
  if (is_training() && options_.time_noise > 0) {
    // An empty memory after a sentence makes it and all before it one older.
    const auto empty = torch::rand({story.mask.size(0), memories}) < options_.time_noise;
    age = age + (empty * story.mask).flip({1}).cumsum(1).flip({1});
  }
  return age.clamp(0, options_.memories - 1);
}

int64_t MemN2NImpl::multiply_adds_per_step() const {
  return temporal_.size(0) * options_.width * sizes_.features + 2 * options_.hops * options_.width;
}

}  // namespace mneme
