#include "mneme/models/transformer/transformer.h"

#include <gtest/gtest.h>

#include "mechanisms/expectations.h"
#include "mneme/core/error.h"

namespace mneme {
namespace {

constexpr int64_t kWords = 11;

Transformer make_transformer(TransformerOptions options, uint64_t seed = 1,
                             ModelSizes sizes = {1, kWords, kWords, kWords}) {
  options.width = 8, options.heads = 2, options.hidden = 12, options.encoder_layers = 2,
  options.decoder_layers = 2;
  options.dropout = 0;
  Random random(seed);
  Transformer model(options, sizes, random);
  model->to(torch::kFloat64);
  return model;
}

std::vector<TransformerOptions> transformer_kinds() {
  TransformerOptions post, pre, untied;
  pre.pre_norm = true, pre.activation = "swiglu";
  untied.tied_embeddings = false;
  return {post, pre, untied};
}

Sequences sample() {
  return {torch::tensor({{2, 5, 7, 9}, {2, 4, 0, 0}}), torch::tensor({4, 2}),
          torch::tensor({{6, 8, 3}, {5, 3, 0}}), torch::tensor({3, 2})};
}

TEST(Transformer, NothingLooksAheadNorPastAContextsEnd) {
  const torch::NoGradGuard no_grad;
  for (const auto& options : transformer_kinds()) {
    auto model = make_transformer(options);
    const auto given = sample();
    const auto logits = model->forward(given).logits;
    EXPECT_EQ(logits.sizes(), (std::vector<int64_t>{2, 4, kWords}));
    Sequences other = given;
    other.inputs = given.inputs.clone();
    other.inputs.narrow(1, 2, 2).fill_(10);
    other.context = given.context.clone();
    other.context[1][2] = 9;  // past its end
    expect_near(model->forward(other).logits.narrow(1, 0, 2), logits.narrow(1, 0, 2), 1e-13);
    other.context[0][2] = 9;  // within: must matter
    EXPECT_GT((model->forward(other).logits[0][0] - logits[0][0]).abs().max().item<double>(), 1e-6);
  }
}

TEST(Transformer, ABatchGivesWhatEachSequenceGivesAlone) {
  const torch::NoGradGuard no_grad;
  for (const auto& options : transformer_kinds()) {
    auto model = make_transformer(options);
    const auto together = model->forward(sample()).logits;
    const auto alone = model->forward({torch::tensor({{2, 4}}), {}, torch::tensor({{5, 3}}), {}}).logits;
    expect_near(together[1].narrow(0, 0, 2), alone[0], 1e-13);
  }
}

TEST(Transformer, GoingOnFromAStateGivesTheSameLogits) {
  const torch::NoGradGuard no_grad;
  for (const auto& options : transformer_kinds()) {
    auto model = make_transformer(options);
    const auto given = sample();
    const auto whole = model->forward(given).logits;
    for (const auto& steps : std::vector<std::vector<int64_t>>{{1, 1, 1, 1}, {2, 2}, {1, 3}, {4}}) {
      auto state = model->start(given.context, given.context_lengths);
      int64_t first = 0;
      for (const int64_t count : steps) {
        const auto logits = model->advance(state, given.inputs.narrow(1, first, count), {});
        expect_near(logits, whole.narrow(1, first, count), 1e-13);
        first += count;
      }
      EXPECT_EQ(state.front().size(2), 4);
    }
  }
}

TEST(Transformer, AStatesSequencesCanBePickedOut) {
  const torch::NoGradGuard no_grad;
  auto model = make_transformer({});
  const auto given = sample();
  auto state = model->start(given.context, given.context_lengths);
  model->advance(state, given.inputs.narrow(1, 0, 1), {});
  const auto rows = torch::tensor({1, 0, 1});
  for (auto& tensor : state) tensor = tensor.index_select(0, rows);
  const auto logits = model->advance(state, given.inputs.index_select(0, rows).narrow(1, 1, 1), {});
  expect_near(logits, model->forward(given).logits.index_select(0, rows).narrow(1, 1, 1), 1e-13);
}

TEST(Transformer, TheCompositeWithItsWeightsGivesTheSameLogits) {
  const torch::NoGradGuard no_grad;
  for (const auto& options : transformer_kinds()) {
    auto model = make_transformer(options);
    const auto given = sample();
    TransformerWeights weights;
    expect_near(model->forward(given, &weights).logits, model->forward(given).logits, 1e-13);
    ASSERT_EQ(weights.encoder.size(), 2u);
    ASSERT_EQ(weights.decoder.size(), 2u);
    EXPECT_EQ(weights.encoder[0].sizes(), (std::vector<int64_t>{2, 2, 3, 3}));
    EXPECT_EQ(weights.decoder[1].context.sizes(), (std::vector<int64_t>{2, 2, 4, 3}));
    for (const auto& layer : weights.decoder) {
      expect_near(layer.context.sum(-1), torch::ones({2, 2, 4}, torch::kFloat64), 1e-14);
      EXPECT_EQ(layer.context[1].select(-1, 2).count_nonzero().item<int64_t>(), 0);  // past the context's end
      EXPECT_EQ(layer.self.triu(1).count_nonzero().item<int64_t>(), 0);
    }
  }
}

TEST(Transformer, EveryParameterLearns) {
  for (const auto& options : transformer_kinds()) {
    auto model = make_transformer(options);
    model->forward(sample()).logits.log_softmax(-1).select(-1, 3).sum().backward();
    for (const auto& parameter : model->named_parameters())
      EXPECT_GT(parameter.value().grad().abs().max().item<double>(), 0) << parameter.key();
  }
}

TEST(Transformer, DropsOutInTrainingAlone) {
  TransformerOptions options;
  auto model = make_transformer(options);
  const torch::NoGradGuard no_grad;
  options.width = 8, options.heads = 2, options.hidden = 12, options.encoder_layers = 1,
  options.decoder_layers = 1;
  options.dropout = 0.5;
  Random random(1);
  Transformer dropping(options, ModelSizes{1, kWords, kWords, kWords}, random);
  dropping->train();
  EXPECT_FALSE(dropping->forward(sample()).logits.equal(dropping->forward(sample()).logits));
  dropping->eval();
  EXPECT_TRUE(dropping->forward(sample()).logits.equal(dropping->forward(sample()).logits));
}

TEST(Transformer, CountsItsMultiplyAdds) {
  auto model = make_transformer({});
  // One block of width 8 and 12 hidden units has 4·64 + 2·96 weights, a decoder block 4·64 more, of which the
  // context's keys and values (2·64) are taken once for each of its tokens; attention takes 2·8 for each
  // position seen.
  const int64_t encoder = 4 * 64 + 2 * 96, decoder = encoder + 2 * 64;
  EXPECT_EQ(model->multiply_adds_per_step(), 2 * encoder + 2 * (decoder + 2 * 64) + kWords * 8);
  const Sequences one{torch::tensor({{2, 5, 7}}), {}, torch::tensor({{6, 3}}), {}};
  const int64_t read = 2, written = 3, seen = 2;  // of 1, 2, 3 positions
  EXPECT_EQ(model->multiply_adds(one), 2 * read * (encoder + 16 * read) +
                                           2 * written * (decoder + 16 * seen + 16 * read) +
                                           2 * read * 2 * 64 + written * kWords * 8);
}

TEST(Transformer, RefusesWhatDoesNotFit) {
  const auto refused = [](const ModelSizes& sizes, const std::string& text) {
    expect_error([&] { make_transformer({}, 1, sizes); }, text);
  };
  refused({8, 8, 0, 0},
          "model transformer: the task gives real numbers, expected numbers of tokens, and a context to "
          "read: a task "
          "such as translation");
  refused({1, 9, 9, 0},
          "model transformer: the task gives no context, expected numbers of tokens, and a context to read: "
          "a task such "
          "as translation");
  refused({1, 9, 9, 7},
          "model transformer: the vocabularies have 7 (context), 9 (inputs) and 9 (outputs) tokens, expected "
          "the same: "
          "model.tied_embeddings is set");
  auto model = make_transformer({});
  auto given = sample();
  given.context = given.context.to(torch::kFloat64);
  expect_error([&] { model->forward(given); },
               "Transformer.forward: context is float64, expected int64, numbers of tokens");
  std::vector<at::Tensor> state;
  expect_error([&] { model->advance(state, sample().inputs, {}); },
               "Transformer.advance: state holds 0 tensors, expected 9, as start gives them");
}

}  // namespace
}  // namespace mneme
