#include "mneme/models/act_rnn.h"

#include <gtest/gtest.h>

#include <cmath>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "mneme/core/error.h"

namespace mneme {
namespace {

std::shared_ptr<ActRnnImpl> act(const std::string& cell, int64_t max_steps = 6, double halting_bias = -0.4) {
  ActOptions options;
  options.cell = cell;
  options.hidden = 3;
  options.max_steps = max_steps;
  options.halting_bias = halting_bias;
  options.slots = 4;
  options.width = 3;
  options.path = "composite";
  Random random(1);
  auto model = std::make_shared<ActRnnImpl>(options, ModelSizes{2, 2}, random);
  model->to(torch::kFloat64);
  return model;
}

/// The numbers of tests/goldens/act_golden.py.
at::Tensor made(at::IntArrayRef sizes, double start, double scale = 1) {
  auto tensor = torch::empty(sizes, torch::kFloat64);
  for (int64_t i = 0; i < tensor.numel(); ++i)
    tensor.data_ptr<double>()[i] = scale * std::sin(1.7 * (start + static_cast<double>(i)) + 0.3);
  return tensor;
}

TEST(ActRnn, EqualsTheEquationsComputedApart) {
  const auto model = act("lstm");
  {
    const torch::NoGradGuard no_grad;
    auto parameters = model->named_parameters();
    parameters["cell.input_weight"].copy_(made({12, 3}, 0));
    parameters["cell.recurrent_weight"].copy_(made({12, 3}, 100));
    parameters["cell.bias"].copy_(made({12}, 200, 0.5));
    parameters["halting.weight"].copy_(made({3}, 300));
    parameters["halting.bias"].fill_(-0.4);
    parameters["cell.output.weight"].copy_(made({2, 3}, 400));
    parameters["cell.output.bias"].copy_(made({2}, 500));
  }
  const auto inputs = made({1, 2, 2}, 600);
  const auto record = model->record(inputs, {});
  // From tests/goldens/act_golden.py.
  expect_near(record.logits,
              numbers({0.403152984763, -0.837532660491, 0.750857398394, -0.501592054015}, {1, 2, 2}), 1e-11);
  EXPECT_TRUE(torch::equal(record.steps, torch::tensor({{4, 3}}, torch::kLong)));
  expect_near(record.remainders, numbers({0.108367856266, 0.277363322303}, {1, 2}), 1e-11);
  Tensors state;
  model->advance(state, inputs, {});
  expect_near(state[0], numbers({0.069254252818, 0.202713139204, 0.153005599011}, {1, 3}), 1e-11);
}

TEST(ActRnn, HasTheGradientsOfItsEquations) {
  for (const std::string cell : {"rnn", "lstm", "gru", "ntm"}) {
    const auto model = act(cell, 4);
    const auto inputs = random_tensor({2, 2, 2}, 1).requires_grad_();
    auto leaves = model->parameters();
    if (cell == "ntm") {  // its own parameters' gradients are the NTM's to check
      const auto own = model->named_parameters();
      leaves = {own["halting.weight"], own["halting.bias"], own["cell.ntm.controller.input_weight"]};
    }
    leaves.push_back(inputs);
    const auto predict = [&] {
      const auto prediction = model->forward({inputs, torch::tensor({2, 1}, torch::kLong), {}, {}});
      return Tensors{prediction.logits.narrow(1, 0, 1), prediction.cost};
    };
    EXPECT_TRUE(gradient_matches(predict, leaves)) << cell;
  }
}

TEST(ActRnn, WithOneInnerStepIsTheNetworkAsItIs) {
  for (const char* kind : {"rnn", "lstm", "gru", "ntm"}) {
    const auto model = act(kind, 1);
    const auto inputs = random_tensor({3, 4, 2}, 2);
    const auto cell = std::dynamic_pointer_cast<ActCell>(model->named_children()["cell"]);
    auto state = cell->start(3);
    Tensors logits;
    for (int64_t t = 0; t < 4; ++t) {
      const auto now =
          cell->step(torch::cat({inputs.select(1, t), torch::ones({3, 1}, torch::kFloat64)}, 1), state);
      logits.push_back(now.logits);
      state = now.state;
    }
    const auto prediction = model->forward({inputs, {}, {}, {}});
    expect_near(prediction.logits, torch::stack(logits, 1), 1e-14);
    EXPECT_EQ(prediction.figures.at("ponder_steps").value(), 1) << kind;
  }
}

TEST(ActRnn, CostsWhatItThinks) {
  // One inner step a step: N + R is 2 at each of the 3 + 1 steps of two sequences.
  const auto model = act("rnn", 1);
  const auto lengths = torch::tensor({3, 1}, torch::kLong);
  const auto prediction = model->forward({random_tensor({2, 3, 2}, 1), lengths, {}, {}});
  EXPECT_NEAR(prediction.cost.item<double>(), 1e-3 * (6 + 2) / 2.0, 1e-15);
  EXPECT_EQ(prediction.figures.at("ponder_steps").denominator, 4);
  // The first step is one of two inner ones where the halting unit's bias is 1, as the paper begins.
  EXPECT_EQ(act("rnn", 6, 1)->forward({torch::zeros({2, 1, 2}, torch::kFloat64), {}, {}, {}})
                .figures.at("ponder_steps")
                .value(),
            2);
}

TEST(ActRnn, TreatsABatchOfDifferentLengthsAsItsSequencesOneByOne) {
  for (const char* kind : {"lstm", "ntm"}) {
    const auto model = act(kind);
    const auto lengths = torch::tensor({4, 1, 7}, torch::kLong);
    const auto inputs = random_tensor({3, 7, 2}, 2);
    const auto record = model->record(inputs, lengths);
    Tensors after;
    model->advance(after, inputs, lengths);
    for (int64_t b = 0; b < 3; ++b) {
      const auto length = lengths[b].item<int64_t>();
      const auto own = inputs.narrow(0, b, 1).narrow(1, 0, length);
      const auto alone = model->record(own, {});
      expect_near(record.logits[b].narrow(0, 0, length), alone.logits[0], 1e-13);
      EXPECT_TRUE(torch::equal(record.steps[b].narrow(0, 0, length), alone.steps[0]));
      EXPECT_EQ(record.steps[b].narrow(0, length, 7 - length).sum().item<int64_t>(), 0);
      Tensors state;
      model->advance(state, own, {});
      for (size_t i = 0; i < state.size(); ++i) expect_near(after[i][b], state[i][0], 1e-13);
    }
  }
}

TEST(ActRnn, RecordsWhatItThought) {
  const auto model = act("gru");
  const auto record = model->record(random_tensor({2, 5, 2}, 4), torch::tensor({5, 2}, torch::kLong));
  const auto live = record.steps > 0;
  EXPECT_EQ(live.sum().item<int64_t>(), 7);
  expect_near(record.weights.sum(2), live.to(torch::kFloat64), 1e-14);
  EXPECT_TRUE(torch::equal((record.weights > 0).sum(2), record.steps));
  EXPECT_EQ(record.halting.size(2), record.steps.max().item<int64_t>());
}

TEST(ActRnn, ReadsNumbersOfTokensAsOneAmongZeros) {
  ActOptions options;
  options.hidden = 4;
  Random random(1), again(1);
  ActRnnImpl tokens(options, ModelSizes{1, 2, /*tokens=*/5}, random), numbers(options, ModelSizes{5, 2}, again);
  const auto read = torch::tensor({{0, 4, 2}}, torch::kLong);
  EXPECT_TRUE(torch::equal(tokens.predict(read, {}), numbers.predict(torch::one_hot(read, 5).to(torch::kFloat), {})));
}

TEST(ActRnn, SaysWhatDoesNotFit) {
  const auto model = act("lstm");
  expect_error(
      [&] {
        model->predict(torch::zeros({2, 4, 5}, torch::kFloat64), {});
      },
      "ActRnn.forward: inputs is [2, 4, 5], expected [batch, time, features=2]; sizes fixed by "
      "features=2 (the model)");
}

}  // namespace
}  // namespace mneme
