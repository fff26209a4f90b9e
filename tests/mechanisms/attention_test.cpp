#include "mneme/mechanisms/attention.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

TEST(Attention, ReadsByTheSoftmaxOfScaledProducts) {
  // Scores are 2 · 1 / √4 = 1 and 0, so the weights are e / (e + 1) and 1 / (e + 1).
  const auto queries = numbers({2, 0, 0, 0}, {1, 1, 1, 4});
  const auto keys = numbers({1, 0, 0, 0, 0, 1, 0, 0}, {1, 1, 2, 4});
  const auto reading = dot_product_attention(queries, keys, numbers({10, 20}, {1, 1, 2, 1}));
  const double first = std::exp(1.0) / (std::exp(1.0) + 1);
  expect_near(reading.weights, numbers({first, 1 - first}, {1, 1, 1, 2}), 1e-15);
  expect_near(reading.read, numbers({10 * first + 20 * (1 - first)}, {1, 1, 1, 1}), 1e-14);
}

TEST(Attention, WeightsAddUpToOneAndAreZeroWhereMasked) {
  const auto queries = random_tensor({2, 3, 5, 4}, 1), keys = random_tensor({2, 3, 7, 4}, 2);
  const auto values = random_tensor({2, 3, 7, 6}, 3);
  const auto mask = causal_mask(5, 7) & length_mask(torch::tensor({7, 4}), 7);
  const auto weights = dot_product_attention(queries, keys, values, mask).weights;
  expect_near(weights.sum(-1), torch::ones({2, 3, 5}, torch::kFloat64), 1e-15);
  EXPECT_EQ(weights.masked_select(~mask.expand_as(weights)).abs().max().item<double>(), 0);
  EXPECT_GT(weights[0][0][0][2].item<double>(), 0);  // the first query sees the two past keys and its own
  EXPECT_GT(weights[1][0][4][3].item<double>(), 0);
}

TEST(Attention, OfNothingIsZero) {
  const auto queries = random_tensor({1, 1, 2, 4}, 1).requires_grad_();
  const auto mask = torch::tensor({false, false, false, true, true, false}).view({1, 1, 2, 3});
  const auto keys = random_tensor({1, 1, 3, 4}, 2), values = random_tensor({1, 1, 3, 4}, 3);
  const auto reading = dot_product_attention(queries, keys, values, mask);
  expect_near(reading.read[0][0][0], torch::zeros({4}, torch::kFloat64), 0);
  reading.read.sum().backward();
  EXPECT_TRUE(queries.grad().isfinite().all().item<bool>());
  expect_near(fused_dot_product_attention(queries, keys, values, mask), reading.read, 1e-14);
}

TEST(Attention, FusedIsTheComposite) {
  uint64_t seed = 1;
  for (const auto& [batch, heads, queries, keys, width] :
       {std::array<int64_t, 5>{1, 1, 1, 1, 2}, {1, 2, 5, 5, 3}, {3, 4, 17, 33, 8}, {2, 1, 1, 40, 16}}) {
    const auto q = random_tensor({batch, heads, queries, width}, seed++);
    const auto k = random_tensor({batch, heads, keys, width}, seed++);
    const auto v = random_tensor({batch, heads, keys, width}, seed++);
    expect_near(fused_dot_product_attention(q, k, v), dot_product_attention(q, k, v).read, 1e-13);
    const auto mask = causal_mask(queries, keys);
    expect_near(fused_dot_product_attention(q, k, v, mask), dot_product_attention(q, k, v, mask).read, 1e-13);
    if (queries == keys)
      expect_near(fused_dot_product_attention(q, k, v, {}, /*causal=*/true),
                  dot_product_attention(q, k, v, mask).read, 1e-13);
    const auto gradients = [&](bool fused) {
      const auto leaves = gradient_check::leaves_from({q, k, v});
      const auto read = fused ? fused_dot_product_attention(leaves[0], leaves[1], leaves[2], mask)
                              : dot_product_attention(leaves[0], leaves[1], leaves[2], mask).read;
      return gradient_check::gradients({read}, leaves, false);
    };
    const auto by_fused = gradients(true), by_composite = gradients(false);
    for (size_t i = 0; i < by_fused.size(); ++i) expect_near(by_fused[i], by_composite[i], 1e-12);
  }
}

TEST(Attention, HasTheGradientsOfItsEquations) {
  const auto mask = causal_mask(2, 3);
  const TensorFunction read = [&](const Tensors& in) {
    const auto reading = dot_product_attention(in[0], in[1], in[2], mask);
    return Tensors{reading.read, reading.weights};
  };
  const Tensors inputs = {random_tensor({1, 2, 2, 3}, 1), random_tensor({1, 2, 3, 3}, 2),
                          random_tensor({1, 2, 3, 2}, 3)};
  EXPECT_TRUE(gradient_matches(read, inputs));
  EXPECT_TRUE(second_gradient_matches(read, inputs));
}

TEST(Attention, SaysWhatDoesNotFit) {
  const auto good = torch::zeros({2, 3, 4, 8});
  expect_error(
      [&] {
        dot_product_attention(good, torch::zeros({2, 3, 4, 7}), good);
      },
      "dot_product_attention: keys is [2, 3, 4, 7], expected [batch=2, heads=3, keys, key=8]; sizes fixed by "
      "queries [2, 3, 4, 8]");
  expect_error(
      [&] {
        dot_product_attention(good, good, good, torch::ones({1, 1, 4, 5}, torch::kBool));
      },
      "dot_product_attention: mask is [1, 1, 4, 5], expected bool [batch=2 or 1, heads=3 or 1, queries=4 or "
      "1, keys=4 or 1]");
  expect_error(
      [&] {
        dot_product_attention(good, good, good, torch::ones({1, 1, 4, 4}));
      },
      "dot_product_attention: mask is float32, expected bool [batch=2 or 1, heads=3 or 1, queries=4 or 1, "
      "keys=4 or 1]");
}

}  // namespace
}  // namespace mneme
