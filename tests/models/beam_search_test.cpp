#include "mneme/models/beam_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "mechanisms/expectations.h"
#include "mneme/core/error.h"
#include "mneme/models/transformer/transformer.h"

namespace mneme {
namespace {

constexpr int64_t kTokens = 6, kBegin = 2, kEnd = 3;

Transformer small_model(uint64_t seed) {
  const TransformerOptions options{
      .width = 8, .heads = 2, .hidden = 8, .encoder_layers = 1, .decoder_layers = 1, .dropout = 0};
  Random random(seed);
  Transformer model(options, ModelSizes{1, kTokens, kTokens, kTokens}, random);
  model->to(torch::kFloat64);
  model->eval();
  return model;
}

BeamOptions options_for(std::vector<int64_t> longest, int64_t width) {
  return {.width = width,
          .length_penalty = 0.6,
          .begin = kBegin,
          .end = kEnd,
          .never = {0, 1, kBegin},
          .longest = std::move(longest)};
}

/// By one pass over the whole sequence, without a state.
double log_probability(Transformer& model, const at::Tensor& context, const std::vector<int64_t>& tokens) {
  std::vector<int64_t> inputs{kBegin}, due = tokens;
  inputs.insert(inputs.end(), tokens.begin(), tokens.end());
  due.push_back(kEnd);
  const auto logits = model->forward({torch::tensor(inputs).unsqueeze(0), {}, context, {}}).logits[0];
  return logits.log_softmax(-1).gather(-1, torch::tensor(due).unsqueeze(-1)).sum().item<double>();
}

/// Every sequence of tokens 4 and 5 up to this length, best first.
std::vector<WrittenAnswer> all_answers(Transformer& model, const at::Tensor& context, int64_t longest,
                                       double penalty) {
  std::vector<std::vector<int64_t>> sequences{{}};
  for (size_t i = 0; i < sequences.size(); ++i) {
    if (static_cast<int64_t>(sequences[i].size()) == longest) continue;
    for (const int64_t token : {4, 5}) {
      auto longer = sequences[i];
      longer.push_back(token);
      sequences.push_back(longer);
    }
  }
  std::vector<WrittenAnswer> answers;
  for (const auto& tokens : sequences) {
    const double nats = log_probability(model, context, tokens);
    answers.push_back(
        {tokens, nats, nats / std::pow((5 + static_cast<double>(tokens.size()) + 1) / 6, penalty)});
  }
  std::sort(answers.begin(), answers.end(),
            [](const auto& left, const auto& right) { return left.score > right.score; });
  return answers;
}

const at::Tensor kContexts = torch::tensor({{4, 5, 4, 3}, {5, 3, 0, 0}, {5, 5, 3, 0}});
const at::Tensor kLengths = torch::tensor({4, 2, 3});

TEST(BeamSearch, ABeamThatHoldsEverythingFindsWhatGoingThroughAllFinds) {
  const torch::NoGradGuard no_grad;
  for (const uint64_t seed : {1, 2, 3, 4, 5}) {
    auto model = small_model(seed);
    // 31 sequences of up to 4 tokens, of which the beam never drops one.
    const auto found = beam_search(*model, kContexts, kLengths, options_for({4, 2, 3}, 31));
    ASSERT_EQ(found.size(), 3u);
    for (int64_t i = 0; i < 3; ++i) {
      const int64_t longest[] = {4, 2, 3};
      const auto context = kContexts[i].narrow(0, 0, kLengths[i].item<int64_t>()).unsqueeze(0);
      const auto due = all_answers(model, context, longest[i], 0.6);
      const auto& given = found[static_cast<size_t>(i)];
      ASSERT_EQ(given.size(), due.size());
      for (size_t rank = 0; rank < due.size(); ++rank) {
        EXPECT_EQ(given[rank].tokens, due[rank].tokens);
        EXPECT_NEAR(given[rank].log_probability, due[rank].log_probability, 1e-12);
        EXPECT_NEAR(given[rank].score, due[rank].score, 1e-12);
      }
    }
  }
}

TEST(BeamSearch, AWidthOf1TakesTheLikeliestTokenEachTime) {
  const torch::NoGradGuard no_grad;
  for (const uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8}) {
    auto model = small_model(seed);
    const auto found = beam_search(*model, kContexts, kLengths, options_for({6, 6, 6}, 1));
    for (int64_t i = 0; i < 3; ++i) {
      const auto context = kContexts[i].narrow(0, 0, kLengths[i].item<int64_t>()).unsqueeze(0);
      std::vector<int64_t> tokens;
      while (tokens.size() < 6) {
        std::vector<int64_t> inputs{kBegin};
        inputs.insert(inputs.end(), tokens.begin(), tokens.end());
        auto logits = model->forward({torch::tensor(inputs).unsqueeze(0), {}, context, {}}).logits[0][-1];
        const auto token = logits.slice(0, kEnd).argmax().item<int64_t>() + kEnd;
        if (token == kEnd) break;
        tokens.push_back(token);
      }
      const auto& given = found[static_cast<size_t>(i)];
      ASSERT_EQ(given.size(), 1u);
      EXPECT_EQ(given.front().tokens, tokens);
      EXPECT_NEAR(given.front().log_probability, log_probability(model, context, tokens), 1e-12);
    }
  }
}

TEST(BeamSearch, ABatchFindsWhatEachSequenceFindsAlone) {
  const torch::NoGradGuard no_grad;
  auto model = small_model(9);
  const auto together = beam_search(*model, kContexts, kLengths, options_for({6, 3, 5}, 3));
  const int64_t longest[] = {6, 3, 5};
  for (int64_t i = 0; i < 3; ++i) {
    const auto context = kContexts[i].narrow(0, 0, kLengths[i].item<int64_t>()).unsqueeze(0);
    const auto alone = beam_search(*model, context, {}, options_for({longest[i]}, 3)).front();
    ASSERT_EQ(alone.size(), together[static_cast<size_t>(i)].size());
    for (size_t rank = 0; rank < alone.size(); ++rank) {
      EXPECT_EQ(alone[rank].tokens, together[static_cast<size_t>(i)][rank].tokens);
      EXPECT_NEAR(alone[rank].score, together[static_cast<size_t>(i)][rank].score, 1e-12);
    }
  }
}

TEST(BeamSearch, RefusesOptionsThatDoNotFit) {
  auto model = small_model(1);
  expect_error(
      [&] {
        beam_search(*model, kContexts, kLengths, options_for({4, 4, 4}, 0));
      },
      "beam_search: width is 0, expected at least 1");
  expect_error([&] { beam_search(*model, kContexts, kLengths, options_for({4}, 2)); },
               "beam_search: longest has 1 numbers, expected one for each of the 3 contexts");
}

}  // namespace
}  // namespace mneme
