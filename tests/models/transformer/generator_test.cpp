#include "mneme/models/transformer/generator.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "mechanisms/expectations.h"
#include "mneme/models/sampling.h"

namespace mneme {
namespace {

struct GptCase {
  GptOptions options;
  int64_t tokens;
};

/// Odd sizes, one layer, one head, every activation, norm and kind of position.
std::vector<GptCase> gpt_cases() {
  const auto sized = [](int64_t width, int64_t layers, int64_t heads, int64_t context) {
    GptOptions options;
    options.width = width, options.layers = layers, options.heads = heads, options.context = context;
    return options;
  };
  auto plain = sized(48, 2, 3, 20), odd = sized(15, 1, 1, 9), llama = sized(40, 3, 4, 24),
       none = sized(64, 1, 2, 33);
  odd.activation = "relu", odd.hidden = 7;
  llama.positions = "rotary", llama.norm = "rms", llama.activation = "swiglu", llama.bias = false;
  llama.key_value_heads = 2, llama.hidden = 36, llama.tied_output = false;
  none.positions = "sinusoidal", none.activation = "gelu-tanh";
  return {{plain, 29}, {odd, 5}, {llama, 33}, {none, 2}};
}

Gpt make_gpt(const GptCase& each, double size = 10) {
  Random random(3);
  Gpt gpt(each.options, ModelSizes{.outputs = each.tokens, .tokens = each.tokens}, random);
  const torch::NoGradGuard no_grad;
  // The initial weights are small: logits would be nearly the same whatever the decoder did.
  for (auto& parameter : gpt->parameters())
    if (parameter.dim() == 2) parameter.mul_(size);
  gpt->eval();
  return gpt;
}

std::vector<int64_t> text(const GptCase& each, int64_t length) {
  std::vector<int64_t> tokens;
  for (int64_t i = 0; i < length; ++i) tokens.push_back((i * i * 7 + 3 * i + 1) % each.tokens);
  return tokens;
}

at::Tensor as_tensor(const float* logits, int64_t count) {
  return torch::from_blob(const_cast<float*>(logits), {count}, torch::kFloat32).clone();
}

/// The logits after each token of the context's length, by the decoder from `prompt` tokens on.
at::Tensor decoded(Gpt& gpt, const GptCase& each, int64_t prompt, WeightForm form) {
  Generator generator(*gpt, {.form = form});
  const auto tokens = text(each, each.options.context);
  std::vector<at::Tensor> rows{
      as_tensor(generator.begin({tokens.begin(), tokens.begin() + prompt}), each.tokens)};
  for (size_t i = static_cast<size_t>(prompt); i < tokens.size(); ++i)
    rows.push_back(as_tensor(generator.step(tokens[i]), each.tokens));
  return torch::stack(rows);
}

TEST(DecoderFused, IsAsExactAsTheModel) {
  for (const GptCase& each : gpt_cases())
    for (const int64_t prompt : {int64_t{1}, each.options.context / 2}) {
      auto gpt = make_gpt(each);
      const auto tokens = torch::tensor(text(each, each.options.context)).unsqueeze(0);
      const torch::NoGradGuard no_grad;
      const auto composite =
          gpt->predict(tokens, {})[0].narrow(0, prompt - 1, each.options.context - prompt + 1);
      const auto fused = decoded(gpt, each, prompt, WeightForm::float32);
      gpt->to(torch::kFloat64);
      const auto exact = gpt->predict(tokens, {})[0].narrow(0, prompt - 1, each.options.context - prompt + 1);
      const auto error = [&](const at::Tensor& logits) {
        return (logits.to(torch::kFloat64) - exact).abs().max().item<double>();
      };
      // Two float32 computations that round in another order; one unit in the last place of the largest logit
      // is allowed to both, so that luck of the composite counts for nothing.
      const double unit = exact.abs().max().item<double>() * 1.2e-7;
      EXPECT_LE(error(fused), 2 * error(composite) + unit) << each.options.activation << " " << prompt;
    }
}

TEST(DecoderFused, ComputesWithTheWeightsThatItKeeps) {
  // The model with its matrices replaced by what the form keeps of them gives the same logits. Its output is
  // not tied, so its embedding stays as it is, as that of the decoder does.
  const GptCase each = gpt_cases()[2];
  for (const WeightForm form : {WeightForm::bfloat16, WeightForm::int8}) {
    auto gpt = make_gpt(each), rounded = make_gpt(each);
    const torch::NoGradGuard no_grad;
    for (auto& parameter : rounded->named_parameters()) {
      at::Tensor value = parameter.value();
      if (value.dim() != 2 || parameter.key() == "tokens.weight") continue;
      if (form == WeightForm::bfloat16) {
        value.copy_(value.to(torch::kBFloat16));
      } else {
        const auto scale = std::get<0>(value.abs().max(1, true)) / 127;
        value.copy_(torch::round(value / scale) * scale);
      }
    }
    const auto tokens = torch::tensor(text(each, each.options.context)).unsqueeze(0);
    const auto expected = rounded->predict(tokens, {})[0];
    Decoder decoder(decoder_weights(*gpt), form);
    const auto embedding = gpt->named_parameters()["tokens.weight"];
    for (int64_t i = 0; i < tokens.size(1); ++i) {
      const auto row = embedding[tokens[0][i].item<int64_t>()].contiguous();
      // float32 rounding through three layers of weights ten times the usual size
      expect_near(as_tensor(decoder.step(row.const_data_ptr<float>()), each.tokens), expected[i],
                  2e-4 * expected.abs().max().item<double>());
    }
  }
}

TEST(DecoderFused, KeepsWeightsSmaller) {
  auto gpt = make_gpt(gpt_cases()[2]);
  const auto bytes = [&](WeightForm form) { return Decoder(decoder_weights(*gpt), form).weight_bytes(); };
  EXPECT_EQ(bytes(WeightForm::float32), 2 * bytes(WeightForm::bfloat16));
  EXPECT_EQ(bytes(WeightForm::float32), 4 * bytes(WeightForm::int8));
}

TEST(DecoderFused, DoesNotDependOnTheNumberOfThreads) {
  GptCase large = gpt_cases()[0];
  large.options.width = 192, large.options.hidden = 1024, large.options.heads = 6;
  auto gpt = make_gpt(large, 1);
  const int before = at::get_num_threads();
  std::vector<at::Tensor> results;
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    results.push_back(decoded(gpt, large, 1, WeightForm::float32).narrow(0, 1, 5));
  }
  at::set_num_threads(before);
  EXPECT_TRUE(torch::equal(results[0], results[1]));
  EXPECT_TRUE(torch::equal(results[0], results[2]));
}

TEST(Generator, ACacheNeverChangesTheLikeliestTokens) {
  for (const GptCase& each : gpt_cases()) {
    auto gpt = make_gpt(each);
    const auto tokens_of = [&](bool cache) {
      Generator generator(*gpt, {.cache = cache});
      Random random(1);
      std::vector<int64_t> tokens;
      const float* logits = generator.begin(text(each, 3));
      for (int64_t i = 0; i < 3 * each.options.context; ++i) {  // past the context, twice
        tokens.push_back(choose_token(logits, each.tokens, {.temperature = 0}, random).token);
        logits = generator.step(tokens.back());
      }
      return tokens;
    };
    EXPECT_EQ(tokens_of(true), tokens_of(false)) << each.options.activation;
  }
}

TEST(Generator, BeginsAgainWhereItBegan) {
  const GptCase each = gpt_cases()[0];
  auto gpt = make_gpt(each);
  Generator generator(*gpt, {});
  const auto first = as_tensor(generator.begin({1, 2, 3}), each.tokens);
  const auto second = as_tensor(generator.step(4), each.tokens);
  EXPECT_TRUE(torch::equal(as_tensor(generator.begin({1, 2, 3}), each.tokens), first));
  EXPECT_TRUE(torch::equal(as_tensor(generator.step(4), each.tokens), second));
}

TEST(Generator, SaysWhatDoesNotFit) {
  auto gpt = make_gpt(gpt_cases()[0]);
  Generator generator(*gpt, {});
  expect_error([&] { generator.begin({}); },
               "Generator.begin: the prompt has 0 tokens, expected 1..20 (model.context)");
  expect_error([&] { generator.begin(text(gpt_cases()[0], 21)); },
               "Generator.begin: the prompt has 21 tokens, expected 1..20 (model.context)");
  expect_error([&] { Generator(*gpt, {.cache = false, .form = WeightForm::int8}); },
               "Generator: weights of another form than float32 need the cache");
}

}  // namespace
}  // namespace mneme
