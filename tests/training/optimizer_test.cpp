#include "mneme/training/optimizer.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "mneme/training/flat_parameters.h"

namespace mneme {
namespace {

TEST(RmsPropGraves, TakesTheStepsOfThePaper) {
  // Two steps by hand with g = 2 then -1, ℵ = 0.95, ℶ = 0.9, ℸ = 1e-4, learning rate 0.1.
  const double n1 = 0.05 * 4, m1 = 0.05 * 2;
  const double change1 = -0.1 * 2 / std::sqrt(n1 - m1 * m1 + 1e-4);
  const double n2 = 0.95 * n1 + 0.05 * 1, m2 = 0.95 * m1 - 0.05 * 1;
  const double change2 = 0.9 * change1 + 0.1 * 1 / std::sqrt(n2 - m2 * m2 + 1e-4);

  for (const auto dtype : {at::kFloat, at::kDouble}) {
    at::Tensor values = at::full({5}, 3.0, dtype);
    const auto optimizer = make_optimizer(RmsPropGraves(), values);
    const double tolerance =
        dtype == at::kFloat ? 4 * 1.2e-7 * 3 : 1e-14;  // a few roundings of a value near 3
    optimizer->step(values, at::full({5}, 2.0, dtype), 0.1);
    EXPECT_NEAR(values[4].item<double>(), 3 + change1, tolerance);
    optimizer->step(values, at::full({5}, -1.0, dtype), 0.1);
    EXPECT_NEAR(values[4].item<double>(), 3 + change1 + change2, tolerance);
  }
}

TEST(RmsPropGraves, StaysFiniteForConstantGradients) {
  // The variance of a constant gradient is zero, and rounding may put it below.
  at::Tensor values = at::zeros({64});
  const auto optimizer = make_optimizer(RmsPropGraves{.epsilon = 1e-12}, values);
  const at::Tensor gradients = at::linspace(0.1, 1e3, 64);
  for (int step = 0; step < 2000; ++step) optimizer->step(values, gradients, 1e-9);
  EXPECT_TRUE(all_finite(values));
}

TEST(Adam, TakesTheStepsOfTheEngine) {
  for (const double weight_decay : {0.0, 0.1}) {
    torch::manual_seed(3);
    at::Tensor values = torch::randn({1000}, at::kDouble);
    // The first 600 decay, the rest do not.
    torch::Tensor decaying = values.narrow(0, 0, 600).clone().requires_grad_();
    torch::Tensor kept = values.narrow(0, 600, 400).clone().requires_grad_();
    const auto optimizer = make_optimizer(Adam{.beta1 = 0.8, .beta2 = 0.99, .weight_decay = weight_decay}, values,
                                          {{0, 600}});
    const auto settings = torch::optim::AdamWOptions(0.02).betas({0.8, 0.99});
    torch::optim::AdamW reference({decaying}, torch::optim::AdamWOptions(settings).weight_decay(weight_decay));
    torch::optim::AdamW reference_kept({kept}, torch::optim::AdamWOptions(settings).weight_decay(0));
    for (int step = 0; step < 20; ++step) {
      const at::Tensor gradients = torch::randn({1000}, at::kDouble);
      optimizer->step(values, gradients, 0.02);
      decaying.mutable_grad() = gradients.narrow(0, 0, 600);
      kept.mutable_grad() = gradients.narrow(0, 600, 400);
      reference.step();
      reference_kept.step();
    }
    // The order of the operations differs: a few roundings a step.
    EXPECT_LT((values - torch::cat({decaying, kept}).detach()).abs().max().item<double>(), 20 * 8 * 2.2e-16);
  }
}

TEST(Clipping, CutsElementsAndNorms) {
  at::Tensor gradients = at::linspace(-20, 20, 41);
  clip_elements(gradients, 10);
  EXPECT_TRUE(at::equal(gradients, at::linspace(-20, 20, 41).clamp(-10, 10)));

  at::Tensor small = at::full({9}, 1.0, at::kDouble);
  EXPECT_DOUBLE_EQ(clip_norm(small, 5), 3);
  EXPECT_DOUBLE_EQ(small[0].item<double>(), 1);
  EXPECT_DOUBLE_EQ(clip_norm(small, 1.5), 3);
  EXPECT_DOUBLE_EQ(small[8].item<double>(), 0.5);
}

TEST(AllFinite, FindsEveryPlaceAndKind) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    at::Tensor values = at::full({67}, -1e30, dtype);
    EXPECT_TRUE(all_finite(values));
    for (int64_t place = 0; place < 67; ++place)
      for (const float bad : {INFINITY, -INFINITY, NAN}) {
        at::Tensor damaged = values.clone();
        damaged[place] = bad;
        EXPECT_FALSE(all_finite(damaged)) << place << " " << bad;
      }
  }
}

TEST(Average, MovesTowardsTheValues) {
  at::Tensor average = at::zeros({3}, at::kDouble);
  update_average(average, at::ones({3}, at::kDouble), 0.75);
  EXPECT_DOUBLE_EQ(average[2].item<double>(), 0.25);
}

TEST(FlatParameters, AreTheModelsOwn) {
  Random random(1);
  const auto model =
      make_model("lstm", {{"hidden", {int64_t{5}, "test"}}, {"layers", {int64_t{2}, "test"}}}, {3, 2}, random);
  std::map<std::string, at::Tensor> before;
  for (const auto& parameter : model->named_parameters())
    before[parameter.key()] = parameter.value().detach().clone();
  const at::Tensor inputs = at::rand({4, 6, 3});
  const at::Tensor lengths = at::full({4}, 6, at::kLong);
  const at::Tensor logits = model->predict(inputs, lengths).detach();

  FlatParameters flat(*model);
  for (const auto& parameter : model->named_parameters())
    EXPECT_TRUE(at::equal(parameter.value(), before[parameter.key()])) << parameter.key();
  EXPECT_TRUE(at::equal(model->predict(inputs, lengths), logits));

  // Backward adds into the flat buffer, and a change of the buffer changes the model.
  model->predict(inputs, lengths).pow(2).sum().backward();
  const at::Tensor once = flat.gradients().clone();
  EXPECT_GT(once.abs().sum().item<double>(), 0);
  model->predict(inputs, lengths).pow(2).sum().backward();
  EXPECT_TRUE(at::allclose(flat.gradients(), 2 * once));
  flat.values().zero_();
  EXPECT_EQ(model->predict(inputs, lengths).abs().sum().item<double>(), 0);

  const auto named = flat.named(flat.gradients());
  named[2].second.view(-1)[1] = NAN;
  EXPECT_EQ(flat.gradient_not_finite().value_or(""), named[2].first);
  EXPECT_FALSE(flat.value_not_finite().has_value());
}

}  // namespace
}  // namespace mneme
