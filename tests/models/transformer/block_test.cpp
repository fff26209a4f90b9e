#include "mneme/models/transformer/block.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "mneme/mechanisms/attention.h"

namespace mneme {
namespace {

BlockOptions small_block() {
  return {.width = 8, .heads = 2, .hidden = 12, .activation = "gelu"};
}

Block make_block(const BlockOptions& options, uint64_t seed = 1) {
  Random random(seed);
  Block block(options, random);
  block->to(torch::kFloat64);
  return block;
}

std::vector<BlockOptions> block_kinds() {
  auto post = small_block(), llama = small_block(), decoder = small_block();
  post.pre_norm = false, post.activation = "relu";
  llama.heads = 4, llama.key_value_heads = 2, llama.norm = "rms", llama.activation = "swiglu",
  llama.bias = false;
  llama.rotary_base = 100;
  decoder.reads_context = true, decoder.activation = "gelu-tanh";
  return {small_block(), post, llama, decoder};
}

TEST(Block, NormsBeforeOrAfterEachPart) {
  auto options = small_block();
  const auto states = random_tensor({1, 3, 8}, 1);
  auto before = make_block(options);
  options.pre_norm = false;
  auto after = make_block(options);
  const torch::NoGradGuard no_grad;
  for (auto* block : {&before, &after})  // parts that add nothing
    for (auto& parameter : (*block)->named_parameters())
      if (parameter.key().find(".output.") != std::string::npos) parameter.value().zero_();
  expect_near(before->forward({states}), states, 0);
  const auto twice = torch::layer_norm(torch::layer_norm(states, {8}), {8});
  expect_near(after->forward({states}), twice, 1e-14);
}

TEST(Block, LooksNowhereThatTheMaskForbids) {
  for (const auto& options : block_kinds()) {
    auto block = make_block(options);
    const auto context = options.reads_context ? random_tensor({2, 4, 8}, 2) : at::Tensor();
    const auto context_mask = options.reads_context ? length_mask(torch::tensor({4, 2}), 4) : at::Tensor();
    const auto states = random_tensor({2, 5, 8}, 1);
    const auto output = block->forward({states, {.causal = true}, context, context_mask});
    auto changed = states.clone(), other_context = context.defined() ? context.clone() : context;
    changed.narrow(1, 3, 2).add_(1);
    if (context.defined()) other_context[1].narrow(0, 2, 2).add_(1);
    const auto other = block->forward({changed, {.causal = true}, other_context, context_mask});
    expect_near(other.narrow(1, 0, 3), output.narrow(1, 0, 3), 1e-13);
    EXPECT_GT((other - output).narrow(1, 3, 2).abs().max().item<double>(), 1e-3);
  }
}

TEST(Block, ACacheGivesWhatTheWholeGives) {
  for (const auto& options : block_kinds()) {
    auto block = make_block(options);
    const auto context = options.reads_context ? random_tensor({2, 4, 8}, 2) : at::Tensor();
    const auto states = random_tensor({2, 7, 8}, 1);
    const auto whole = block->forward({states, {.causal = true}, context});
    BlockCache cache;
    std::vector<at::Tensor> parts;
    int64_t at = 0;
    for (const int64_t steps : {2, 1, 1, 3}) {
      BlockInput input{states.narrow(1, at, steps), {.causal = true}};
      if (at == 0) input.context = context;  // later from the cache
      input.cache = &cache;
      parts.push_back(block->forward(input));
      at += steps;
    }
    expect_near(torch::cat(parts, 1), whole, 1e-13);
  }
}

TEST(Block, ASelectedCacheGoesOnWithThoseSequences) {
  auto block = make_block(block_kinds()[3]);
  const auto context = random_tensor({3, 4, 8}, 2), states = random_tensor({3, 6, 8}, 1);
  const auto chosen = torch::tensor({2, 0, 2});
  BlockCache cache;
  block->forward(
      {.states = states.narrow(1, 0, 5), .mask = {.causal = true}, .context = context, .cache = &cache});
  cache.select(chosen);
  const auto next = block->forward(
      {.states = states.narrow(1, 5, 1).index_select(0, chosen), .mask = {.causal = true}, .cache = &cache});
  const auto whole = block->forward({states, {.causal = true}, context});
  expect_near(next, whole.narrow(1, 5, 1).index_select(0, chosen), 1e-13);
  EXPECT_EQ(cache.self.steps(), 6);
  cache.self.shorten(2);
  EXPECT_EQ(cache.self.keys().size(2), 2);
}

TEST(Block, TheWeightsThatItShowsAreThoseThatItUses) {
  for (const auto& options : block_kinds()) {
    auto block = make_block(options);
    const auto context = options.reads_context ? random_tensor({2, 4, 8}, 2) : at::Tensor();
    const auto states = random_tensor({2, 5, 8}, 1);
    BlockWeights weights;
    const auto shown =
        block->forward({.states = states, .mask = {.causal = true}, .context = context, .weights = &weights});
    expect_near(shown, block->forward({states, {.causal = true}, context}), 1e-13);
    expect_near(weights.self.sum(-1), torch::ones({2, options.heads, 5}, torch::kFloat64), 1e-14);
    EXPECT_EQ(weights.context.defined(), options.reads_context);
  }
}

TEST(Block, HasTheGradientsOfItsEquations) {
  for (const auto& options : block_kinds()) {
    auto block = make_block(options);
    const auto context = options.reads_context ? random_tensor({1, 2, 8}, 2) : at::Tensor();
    const auto states = random_tensor({1, 3, 8}, 1).requires_grad_();
    BlockWeights weights;  // the composite
    const auto run = [&] {
      return Tensors{block->forward(
          {.states = states, .mask = {.causal = true}, .context = context, .weights = &weights})};
    };
    if (options.activation != "relu") {  // whose kink central differences may straddle
      EXPECT_TRUE(gradient_matches(run, {states}));
    }
    const auto parameters = block->parameters();
    const auto composite = gradient_check::gradients(run(), parameters, false);
    const auto fused =
        gradient_check::gradients({block->forward({states, {.causal = true}, context})}, parameters, false);
    for (size_t i = 0; i < parameters.size(); ++i) expect_near(fused[i], composite[i], 1e-12);
  }
}

TEST(Block, DropsOnlyInTraining) {
  auto options = small_block();
  options.dropout = 0.5, options.attention_dropout = 0.5;
  auto block = make_block(options);
  const auto states = random_tensor({1, 4, 8}, 1);
  block->eval();
  expect_near(block->forward({states}), make_block(small_block())->forward({states}), 0);
  block->train();
  EXPECT_FALSE(torch::equal(block->forward({states}), block->forward({states})));
}

TEST(Block, SaysWhatDoesNotFit) {
  auto uneven = small_block();
  uneven.heads = 3;
  expect_error([&] { make_block(uneven); }, "AttentionLayer: heads is 3, expected a divisor of the width 8");
  expect_error(
      [&] {
        make_block(block_kinds()[3])->forward({random_tensor({1, 2, 8}, 1)});
      },
      "Block.forward: context is undefined, expected [batch, context, width]; the block reads one");
  expect_error(
      [&] {
        make_block(small_block())->forward({random_tensor({1, 2, 7}, 1)});
      },
      "Block.forward: states is [1, 2, 7], expected [batch, time, width=8]; sizes fixed by width=8 (the block)");
}

}  // namespace
}  // namespace mneme
