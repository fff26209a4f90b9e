#include "mneme/models/dmn.h"

#include <cmath>

#include "mneme/mechanisms/episode.h"
#include "mneme/mechanisms/memory_hop.h"
#include "mneme/mechanisms/position_encoding.h"
#include "mneme/models/checks.h"
#include "mneme/models/initialisation.h"

namespace mneme {
namespace {

namespace rnn = torch::nn::utils::rnn;

const double kWordBound = std::sqrt(3.0);  // uniform numbers of variance 1, before the encoding weighs them down

torch::nn::GRU gru(int64_t width, bool bidirectional = false) {
  return torch::nn::GRU(torch::nn::GRUOptions(width, width).batch_first(true).bidirectional(bidirectional));
}

/// Sequences of `lengths` (at least 1) within [batch, time, width].
rnn::PackedSequence packed(const at::Tensor& inputs, const at::Tensor& lengths) {
  return rnn::pack_padded_sequence(inputs, lengths, /*batch_first=*/true, /*enforce_sorted=*/false);
}

}  // namespace

DmnImpl::DmnImpl(const DmnOptions& options, const ModelSizes& sizes, Random& random)
    : options_(options), sizes_(sizes) {
  check_options("DmnOptions", describe_options(options));
  if (sizes.tokens <= 0) throw UsageError("model dmn reads numbers of words, the task gives real numbers");
  const auto width = options.width;
  const auto linear = [&](const std::string& name, int64_t inputs, int64_t outputs) {
    return register_module(name, torch::nn::Linear(inputs, outputs));
  };
  words_ = register_module("words", torch::nn::Embedding(sizes.tokens, width));
  question_reader_ = register_module("question_reader", gru(width));
  fact_reader_ = register_module("fact_reader", gru(width, options.reader == "position"));
  gate_hidden_ = linear("gate_hidden", 4 * width, width);
  gate_output_ = linear("gate_output", width, 1);
  episode_input_ = linear("episode_input", width, 2 * width);
  episode_recurrent_ = register_parameter("episode_recurrent", torch::empty({2 * width, width}));
  memory_ = register_module("memory", torch::nn::ModuleList());
  for (int64_t pass = 0; pass < options.passes; ++pass) memory_->push_back(torch::nn::Linear(3 * width, width));
  output_ = linear("output", 2 * width, sizes.outputs);

  torch::NoGradGuard no_gradients;
  for (const auto& parameter : named_parameters()) {
    const auto& [name, value] = parameter.pair();
    if (name == "words.weight")
      fill_uniform(value, kWordBound, random);
    else if (value.dim() == 2)
      fill_glorot(value, 1, random);
    else
      value.zero_();
  }
}

Prediction DmnImpl::forward(const Sequences& given) {
  const auto story = story_question("Dmn.forward", given, sizes_.features, options_.memories);
  return {at_every_step(answer(story).logits, given.inputs.size(1)), {}, {}};
}

DmnRecord DmnImpl::record(const Sequences& given) {
  const torch::NoGradGuard no_gradients;
  const auto story = story_question("Dmn.record", given, sizes_.features, options_.memories);
  const auto answered = answer(story);
  return {at_steps(torch::stack(answered.gates, 1), story, given.inputs.size(1)), answered.logits};
}

at::Tensor DmnImpl::dropped(const at::Tensor& values) const {
  return torch::dropout(values, options_.dropout, is_training());
}

at::Tensor DmnImpl::facts(const StoryQuestion& story) {
  if (options_.reader == "gru") return facts_by_words(story);
  const auto read = dropped(encoded_sentences(story.sentences, words_->weight.unsqueeze(0)).select(2, 0));
  // The engine packs no empty sequences; a story without sentences is read as one without words, and masked.
  const auto fused = std::get<0>(fact_reader_->forward_with_packed_input(packed(read, story.counts.clamp_min(1))));
  const auto both = std::get<0>(rnn::pad_packed_sequence(fused, true, 0, read.size(1)));  // [batch, memories, 2·width]
  return both.narrow(2, 0, options_.width) + both.narrow(2, options_.width, options_.width);
}

at::Tensor DmnImpl::facts_by_words(const StoryQuestion& story) {
  // All words of a story, one after the other, without the padding of its sentences.
  const auto batch = story.sentences.size(0), width = options_.width;
  const auto ends = story.sentences.gt(0).sum(2).cumsum(1);  // words up to each sentence's end: [batch, memories]
  const auto all = story.sentences.flatten(1);               // [batch, memories · words]
  const auto order = all.gt(0).logical_not().to(torch::kLong).argsort(/*stable=*/true, 1, false);
  const auto counts = ends.select(1, ends.size(1) - 1).clamp_min(1);
  const auto longest = counts.max().item<int64_t>();
  const auto words = dropped(words_->forward(all.gather(1, order.narrow(1, 0, longest))));
  const auto read = std::get<0>(fact_reader_->forward_with_packed_input(packed(words, counts)));
  const auto states = std::get<0>(rnn::pad_packed_sequence(read, true, 0, longest));  // [batch, words, width]
  return states.gather(1, (ends - 1).clamp_min(0).unsqueeze(2).expand({batch, ends.size(1), width}));
}

at::Tensor DmnImpl::question(const StoryQuestion& story) {
  const auto words = story.question.select(1, 0);  // [batch, words]
  const auto lengths = words.gt(0).sum(1).clamp_min(1);
  return std::get<1>(question_reader_->forward_with_packed_input(packed(words_->forward(words), lengths))).select(0, 0);
}

DmnImpl::Answer DmnImpl::answer(const StoryQuestion& story) {
  const auto c = facts(story);                          // [batch, memories, width]
  const auto q = question(story);                       // [batch, width]
  const auto projected = episode_input_->forward(c);    // [batch, memories, 2 · width]
  auto memory = q;                                      // m
  Answer answered;
  for (const auto& update : *memory_) {
    const auto compared = fact_comparisons(c, q, memory);
    const auto scores = gate_output_->forward(torch::tanh(gate_hidden_->forward(compared))).squeeze(2);
    const auto gates = masked_softmax(scores, story.mask);                          // g: [batch, memories]
    const auto episode = attention_gru(projected, gates, episode_recurrent_);       // e: [batch, width]
    memory = torch::relu(update->as<torch::nn::LinearImpl>()->forward(torch::cat({memory, episode, q}, 1)));
    answered.gates.push_back(gates);
  }
  answered.logits = output_->forward(dropped(torch::cat({q, memory}, 1)));
  return answered;
}

int64_t DmnImpl::multiply_adds_per_step() const {
  const auto width = options_.width;
  const int64_t reading = options_.reader == "position" ? 2 * 6 * width * width : sizes_.features * 6 * width * width;
  return reading + 2 * width * width + options_.passes * (4 * width * width + width + 2 * width * width);
}

}  // namespace mneme
