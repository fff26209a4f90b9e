#include "mneme/training/loss.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "mneme/core/error.h"

namespace mneme {
namespace {

TEST(Loss, CountsBitsASequence) {
  // A model that knows nothing pays one bit for each bit that is due: 3 steps and 1 step of 2 bits.
  Batch batch;
  batch.inputs = at::zeros({2, 4, 3});
  batch.targets = at::ones({2, 4, 2});
  batch.mask = at::tensor({0, 1, 1, 1, 0, 0, 1, 0}).view({2, 4}).to(at::kBool);
  const at::Tensor logits = at::zeros({2, 4, 2}).requires_grad_();
  const at::Tensor loss = training_loss(TargetKind::bits, batch, {logits, {}, {}});
  EXPECT_NEAR(reported_loss(TargetKind::bits, loss.item<double>()), (6 + 2) / 2.0, 1e-6);
  EXPECT_EQ(loss_unit(TargetKind::bits), "bits_per_sequence");

  loss.backward();
  const at::Tensor expected = (-0.5 / 2) * batch.mask.unsqueeze(-1).to(at::kFloat).expand({2, 4, 2});
  EXPECT_TRUE(at::allclose(logits.grad(), expected));
}

TEST(Loss, AveragesNatsOverAnswers) {
  Batch batch;
  batch.inputs = at::zeros({2, 3, 4});
  batch.targets = at::tensor({0, 4, 0, 0, 0, 2}, at::kLong).view({2, 3});
  batch.mask = at::tensor({0, 1, 0, 0, 0, 1}).view({2, 3}).to(at::kBool);
  at::Tensor logits = at::zeros({2, 3, 5});
  EXPECT_NEAR(training_loss(TargetKind::classes, batch, {logits, {}, {}}).item<double>(), std::log(5), 1e-6);
  logits[0][1][4] = 100;
  EXPECT_NEAR(training_loss(TargetKind::classes, batch, {logits, {}, {}}).item<double>(), std::log(5) / 2, 1e-6);
  EXPECT_EQ(loss_unit(TargetKind::classes), "nats_per_answer");

  batch.mask.zero_();
  EXPECT_EQ(training_loss(TargetKind::classes, batch, {logits, {}, {}}).item<double>(), 0);
}

TEST(Loss, SmoothsLabelsOverAllClasses) {
  Batch batch;
  batch.targets = at::tensor({1}, at::kLong).view({1, 1});
  batch.mask = at::ones({1, 1}, at::kBool);
  const at::Tensor logits = at::tensor({std::log(1.0), std::log(2.0), std::log(5.0)}, at::kDouble).view({1, 1, 3});
  // The classes have 1/8, 2/8 and 5/8; the labels 0.1, 0.8 and 0.1.
  const double expected = -0.1 * std::log(0.125) - 0.8 * std::log(0.25) - 0.1 * std::log(0.625);
  EXPECT_NEAR(training_loss(TargetKind::classes, batch, {logits, {}, {}}, 0.3).item<double>(), expected, 1e-12);
}

TEST(Loss, AddsUpTheDigitsOfAnAnswer) {
  Batch batch;
  batch.targets = at::tensor({0, 0, 1, 2, 0, 0, 2, 0}, at::kLong).view({2, 2, 2});  // two digits of 0..2
  batch.mask = at::tensor({0, 1, 0, 1}).view({2, 2}).to(at::kBool);
  at::Tensor logits = at::zeros({2, 2, 6});
  EXPECT_NEAR(training_loss(TargetKind::digits, batch, {logits, {}, {}}).item<double>(), 2 * std::log(3), 1e-6);
  logits[0][1][1] = logits[0][1][5] = 100;  // digits 1 and 2
  EXPECT_NEAR(training_loss(TargetKind::digits, batch, {logits, {}, {}}).item<double>(), std::log(3), 1e-6);
  logits[1][1][2] = 100;  // digit 2; the other stays open
  EXPECT_NEAR(training_loss(TargetKind::digits, batch, {logits, {}, {}}).item<double>(), std::log(3) / 2, 1e-6);
  EXPECT_EQ(loss_unit(TargetKind::digits), "nats_per_answer");
  EXPECT_THROW(training_loss(TargetKind::digits, batch, {at::zeros({2, 2, 5}), {}, {}}), Error);
}

TEST(Loss, AddsTheModelsOwnCost) {
  Batch batch;
  batch.targets = at::zeros({1, 1}, at::kLong);
  batch.mask = at::ones({1, 1}, at::kBool);
  const Prediction prediction{at::zeros({1, 1, 2}), at::scalar_tensor(0.25), {}};
  EXPECT_NEAR(training_loss(TargetKind::classes, batch, prediction).item<double>(), std::log(2) + 0.25, 1e-6);
}

TEST(Loss, RefusesOtherShapes) {
  Batch batch;
  batch.targets = at::ones({2, 4, 3});
  batch.mask = at::ones({2, 4}, at::kBool);
  try {
    training_loss(TargetKind::bits, batch, {at::zeros({2, 4, 2}), {}, {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "training_loss: batch.targets is [2, 4, 3], expected [batch=2, time=4, outputs=2]; sizes fixed by "
        "logits [2, 4, 2]");
  }
}

/// The probability of all ways to say the labels in so many steps, by going through them all.
double probability_of(const at::Tensor& logits, const std::vector<int64_t>& labels) {
  const auto said = logits.softmax(1).to(at::kDouble);  // [time, 3]
  const int64_t steps = said.size(0);
  double sum = 0;
  for (int64_t number = 0; number < static_cast<int64_t>(std::pow(3, steps)); ++number) {
    std::vector<int64_t> found;
    double probability = 1;
    int64_t rest = number, before = 0;
    for (int64_t step = 0; step < steps; ++step, rest /= 3) {
      const int64_t label = rest % 3;
      if (label != 0 && label != before) found.push_back(label);
      before = label;
      probability *= said[step][label].item<double>();
    }
    if (found == labels) sum += probability;
  }
  return sum;
}

TEST(Loss, SumsOverAllWaysToSayLabels) {
  Batch batch;
  batch.targets = at::tensor({1, 1, 2, 0}, at::kLong).view({2, 2});
  batch.lengths = at::tensor({4, 3}, at::kLong);
  batch.target_lengths = at::tensor({2, 1}, at::kLong);
  torch::manual_seed(1);
  const at::Tensor logits = at::randn({2, 4, 3}, at::kDouble).requires_grad_();
  const at::Tensor loss = training_loss(TargetKind::labels, batch, {logits, {}, {}});
  const double expected =
      -std::log(probability_of(logits[0], {1, 1})) - std::log(probability_of(logits[1].narrow(0, 0, 3), {2}));
  EXPECT_NEAR(loss.item<double>(), expected / 2, 1e-12);
  EXPECT_EQ(loss_unit(TargetKind::labels), "nats_per_sequence");
  loss.backward();
  EXPECT_EQ(logits.grad()[1][3].abs().sum().item<double>(), 0) << "past the sequence's end";

  batch.lengths = at::tensor({2, 3}, at::kLong);
  EXPECT_THROW(training_loss(TargetKind::labels, batch, {logits, {}, {}}), Error);
}

}  // namespace
}  // namespace mneme
