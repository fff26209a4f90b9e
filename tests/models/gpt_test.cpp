#include "mneme/models/gpt.h"

#include <gtest/gtest.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

constexpr ModelSizes kSizes{.features = 1, .outputs = 7, .tokens = 7};

Gpt make_gpt(GptOptions options = {}, const ModelSizes& sizes = kSizes) {
  options.width = 8, options.heads = 2, options.layers = 2, options.context = 12;
  Random random(1);
  Gpt gpt(options, sizes, random);
  gpt->to(torch::kFloat64);
  gpt->eval();
  return gpt;
}

std::vector<GptOptions> gpt_kinds() {
  GptOptions llama;
  llama.positions = "rotary", llama.norm = "rms", llama.activation = "swiglu", llama.bias = false;
  llama.key_value_heads = 1, llama.tied_output = false, llama.hidden = 12;
  GptOptions sinusoidal, none;
  sinusoidal.positions = "sinusoidal", none.positions = "none";
  return {GptOptions(), llama, sinusoidal, none};
}

at::Tensor some_tokens(int64_t batch, int64_t time) {
  return (torch::arange(batch * time).view({batch, time}) * 5 + 3).remainder(7);
}

TEST(Gpt, NobodyLooksAhead) {
  for (const auto& options : gpt_kinds()) {
    auto gpt = make_gpt(options);
    const auto tokens = some_tokens(2, 9);
    auto changed = tokens.clone();
    changed.narrow(1, 6, 3).add_(1).remainder_(7);
    const auto logits = gpt->predict(tokens, {}), other = gpt->predict(changed, {});
    expect_near(logits.narrow(1, 0, 6), other.narrow(1, 0, 6), 1e-14);
    EXPECT_GT((logits - other).narrow(1, 6, 1).abs().max().item<double>(), 1e-6);
  }
}

TEST(Gpt, GoesOnAsIfItHadReadTheWhole) {
  for (const auto& options : gpt_kinds()) {
    auto gpt = make_gpt(options);
    const auto tokens = some_tokens(2, 12);
    StackCache cache;
    const auto first = gpt->go_on(cache, tokens.narrow(1, 0, 5));
    const auto second = gpt->go_on(cache, tokens.narrow(1, 5, 1));
    const auto rest = gpt->go_on(cache, tokens.narrow(1, 6, 6));
    expect_near(torch::cat({first, second, rest}, 1), gpt->predict(tokens, {}), 1e-13);
  }
}

TEST(Gpt, ReadsAnOrder) {
  for (const auto& options : gpt_kinds()) {
    auto gpt = make_gpt(options);
    const auto last = [&](const at::Tensor& tokens) { return gpt->predict(tokens, {}).select(1, -1); };
    // The last token sees the same set of others in both; two layers without positions still see an order, as
    // the second token reads the first.
    const auto difference = last(torch::tensor({{1, 2, 3}})) - last(torch::tensor({{2, 1, 3}}));
    EXPECT_GT(difference.abs().max().item<double>(), 1e-9) << options.positions;
  }
}

TEST(Gpt, RecordsTheWeightsThatItUses) {
  auto gpt = make_gpt();
  const auto tokens = some_tokens(1, 6);
  const GptRecord record = gpt->record(tokens);
  expect_near(record.logits, gpt->predict(tokens, {}), 1e-13);
  ASSERT_EQ(record.weights.size(), 2u);
  EXPECT_EQ(record.weights[1].sizes(), (std::vector<int64_t>{1, 2, 6, 6}));
  expect_near(record.weights[1].sum(-1), torch::ones({1, 2, 6}, torch::kFloat64), 1e-14);
  EXPECT_EQ(record.weights[1].triu(1).abs().max().item<double>(), 0);
}

TEST(Gpt, HasTheGradientsOfItsEquations) {
  for (const auto& options : {gpt_kinds()[0], gpt_kinds()[1]}) {
    auto gpt = make_gpt(options);
    const auto tokens = some_tokens(1, 3);
    const auto parameters = gpt->named_parameters();
    const std::vector<at::Tensor> leaves = {parameters["tokens.weight"], parameters["norm.weight"]};
    {
      // Initial embeddings are so small that norms bend within the step of the central differences.
      const torch::NoGradGuard no_grad;
      leaves[0].mul_(50);
    }
    EXPECT_TRUE(gradient_matches([&] { return Tensors{gpt->record(tokens).logits}; }, leaves));
  }
}

TEST(Gpt, TiesItsOutputOnlyWhereTokensAreOutputs) {
  EXPECT_FALSE(make_gpt()->named_parameters().contains("output.weight"));
  EXPECT_TRUE(
      make_gpt({}, {.features = 1, .outputs = 5, .tokens = 7})->named_parameters().contains("output.weight"));
  auto reals = make_gpt({}, {.features = 3, .outputs = 5});
  EXPECT_EQ(reals->predict(torch::ones({2, 4, 3}, torch::kFloat64), {}).sizes(),
            (std::vector<int64_t>{2, 4, 5}));
}

TEST(Gpt, SaysWhatDoesNotFit) {
  auto gpt = make_gpt();
  expect_error(
      [&] {
        gpt->predict(torch::tensor({{1, 7}}), {});
      },
      "Gpt.forward: inputs has token 7, expected 0..6");
  expect_error(
      [&] {
        gpt->predict(torch::zeros({1, 2}), {});
      },
      "Gpt.forward: inputs is float32, expected int64 numbers of tokens");
  expect_error([&] { gpt->predict(some_tokens(1, 13), {}); },
               "Gpt.forward: 13 steps, expected at most 12 (model.context)");
  StackCache cache;
  gpt->go_on(cache, some_tokens(1, 12));
  expect_error([&] { gpt->go_on(cache, some_tokens(1, 1)); },
               "Gpt.go_on: 13 steps, expected at most 12 (model.context)");
  Random random(1);
  GptOptions uneven;
  uneven.heads = 3;
  expect_error([&] { Gpt(uneven, kSizes, random); },
               "model.heads is 3, expected a divisor of model.width 128");
  expect_error([&] { Gpt(GptOptions(), ModelSizes{.outputs = 7, .tokens = 7, .context_tokens = 5}, random); },
               "model gpt reads no context, the task gives one");
}

}  // namespace
}  // namespace mneme
