// The DNC with a sparse memory, against the dense one and by its cost.
#include <gtest/gtest.h>

#include "mneme/core/error.h"
#include "models/small_dnc.h"

namespace mneme {
namespace {

struct Both {
  std::shared_ptr<DncImpl> dense, sparse;
};

// The same parameters, with dense and with sparse memory.
Both both(DncOptions options, int64_t largest, int64_t features, int64_t outputs) {
  Both models;
  models.dense = double_dnc(options, features, outputs);
  options.sparse = largest;
  models.sparse = double_dnc(options, features, outputs);
  fill_with_waves(*models.dense);
  fill_with_waves(*models.sparse);
  return models;
}

std::vector<DncOptions> variants() {
  auto plain = tiny_dnc("lstm"), feed_forward = tiny_dnc("feed-forward"), masked = plain, bare = plain, around = plain;
  masked.masked_keys = masked.clear_freed = true;
  bare.content_only = bare.layer_norm = true;
  around.bidirectional = true;
  return {plain, feed_forward, masked, bare, around};
}

// Sums in another order, over some steps.
constexpr double kSparseTolerance = 1e-12;

TEST(SparseDnc, WithAllSlotsIsTheDenseOne) {
  const auto inputs = random_tensor({3, 6, 2}, 5);
  const auto lengths = torch::tensor({6, 1, 4}, torch::kLong);
  for (const auto& options : variants()) {
    const auto models = both(options, options.slots, 2, 2);
    const auto dense = models.dense->record(inputs, lengths), sparse = models.sparse->record(inputs, lengths);
    expect_near(sparse.logits, dense.logits, kSparseTolerance);
    expect_near(sparse.usage, dense.usage, kSparseTolerance);
    expect_near(sparse.allocation_weights, dense.allocation_weights, kSparseTolerance);
    expect_near(sparse.write_weights, dense.write_weights, kSparseTolerance);
    expect_near(sparse.read_weights, dense.read_weights, kSparseTolerance);
    expect_near(sparse.reads, dense.reads, kSparseTolerance);
    for (const auto member : DncInterface::members())
      if ((dense.interface.*member).defined())
        expect_near(sparse.interface.*member, dense.interface.*member, kSparseTolerance);
    for (const auto& [name, member] : DncState::members()) {
      if (name == "precedence" || name == "link") continue;  // too large to be given
      EXPECT_EQ((sparse.state.*member).defined(), (dense.state.*member).defined());
      if ((dense.state.*member).defined())
        expect_near(sparse.state.*member, dense.state.*member, kSparseTolerance);
    }
  }
}

TEST(SparseDnc, WithAllSlotsHasTheGradientsOfTheDenseOne) {
  const auto inputs = random_tensor({2, 5, 2}, 5);
  const auto lengths = torch::tensor({5, 3}, torch::kLong);
  for (const auto& options : variants()) {
    const auto models = both(options, options.slots, 2, 2);
    const auto gradients = [&](DncImpl& model) {
      const auto own = inputs.clone().requires_grad_();
      const auto logits = model.predict(own, lengths);
      (logits.narrow(1, 0, 3) * random_tensor({2, 3, 2}, 7)).sum().backward();
      Tensors result = {own.grad()};
      for (const auto& parameter : model.parameters()) result.push_back(parameter.grad());
      return result;
    };
    const auto dense = gradients(*models.dense), sparse = gradients(*models.sparse);
    for (size_t i = 0; i < dense.size(); ++i)
      expect_near(sparse[i], dense[i], kSparseTolerance * std::max(1.0, dense[i].abs().max().item<double>()));
  }
}

TEST(SparseDnc, HasTheGradientsOfItsEquationsWithFewerSlotsThanThereAre) {
  auto options = tiny_dnc("lstm");
  options.slots = 9;
  options.sparse = 2;
  options.hidden = 2;
  const auto model = double_dnc(options, 1, 1);
  fill_with_waves(*model);
  const auto inputs = random_tensor({1, 5, 1}, 5).requires_grad_();
  EXPECT_TRUE(gradient_matches([&] { return Tensors{model->predict(inputs, {})}; }, leaves_of(*model, inputs)));
}

TEST(SparseDnc, HasTheSecondGradientsOfItsEquations) {
  auto options = tiny_dnc("lstm");
  options.slots = 5;
  options.sparse = 2;
  options.hidden = 2;
  options.width = 1;
  options.read_heads = 1;
  const auto model = double_dnc(options, 1, 1);
  fill_with_waves(*model);
  const auto inputs = random_tensor({1, 3, 1}, 5).requires_grad_();
  EXPECT_TRUE(
      second_gradient_matches([&] { return Tensors{model->predict(inputs, {})}; }, leaves_of(*model, inputs)));
}

TEST(SparseDnc, KeepsAtMostAsManySlotsAsItIsTold) {
  auto options = tiny_dnc("lstm");
  options.slots = 50;
  options.sparse = 3;
  const auto record = double_dnc(options, 3, 2)->record(random_tensor({2, 20, 3}, 1), {});
  for (const auto& weights : {record.write_weights, record.read_weights, record.allocation_weights}) {
    EXPECT_TRUE(((weights != 0).sum(-1) <= 3).all().item<bool>());
    EXPECT_TRUE((weights >= 0).all().item<bool>());
    EXPECT_TRUE((weights.sum(-1) <= 1 + 1e-12).all().item<bool>());
  }
  EXPECT_TRUE((record.usage >= 0).all().item<bool>() && (record.usage <= 1).all().item<bool>());
}

TEST(SparseDnc, DoesNotDependOnSlotsThatItDoesNotReach) {
  const auto inputs = random_tensor({1, 10, 3}, 1);
  at::Tensor logits;
  for (const int64_t slots : {1024, 65536}) {
    auto options = tiny_dnc("lstm");
    options.slots = slots;
    options.sparse = 4;
    const auto now = double_dnc(options, 3, 2)->predict(inputs, {});
    if (logits.defined()) expect_near(now, logits, 0);
    logits = now;
  }
}

TEST(SparseDnc, SaysWhatItCannotDo) {
  auto options = tiny_dnc("lstm");
  options.sparse = 3;
  const auto model = double_dnc(options, 3, 2);
  expect_error([&] { model->step(torch::zeros({1, 3}, torch::kFloat64), {}); },
               "Dnc.step: model.sparse is 3, expected 0: a sparse memory keeps its own state; forward takes whole "
               "sequences");
  std::vector<at::Tensor> state;
  EXPECT_THROW(model->advance(state, random_tensor({1, 2, 3}, 1), {}), Error);
  options.sharpened_links = true;
  expect_error([&] { double_dnc(options, 1, 1); },
               "DncOptions: model.sharpened_links is true, expected false with model.sparse: it gives every slot a "
               "weight");
}

}  // namespace
}  // namespace mneme
