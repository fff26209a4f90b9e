#include "mneme/models/lstm.h"

#include <gtest/gtest.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

std::shared_ptr<LstmImpl> lstm(int64_t hidden, int64_t layers, at::ScalarType dtype = torch::kFloat64) {
  Random random(1);
  LstmOptions options;
  options.hidden = hidden;
  options.layers = layers;
  auto model = std::make_shared<LstmImpl>(options, 3, 2, random);
  model->to(dtype);
  return model;
}

TEST(Lstm, EqualsItsEquationsWrittenOut) {
  const auto model = lstm(4, 2);
  const auto inputs = random_tensor({2, 5, 3}, 1);
  const auto parameters = model->named_parameters();
  auto below = inputs;
  for (int64_t layer = 0; layer < 2; ++layer) {
    const auto of_layer = [&](const std::string& name) {
      return parameters["layers." + name + "_l" + std::to_string(layer)];
    };
    auto hidden = parameters["initial.hidden"][layer].expand({2, 4});
    auto cell = parameters["initial.cell"][layer].expand({2, 4});
    Tensors outputs;
    for (int64_t t = 0; t < 5; ++t) {
      const auto gates = below.select(1, t).matmul(of_layer("weight_ih").t()) + of_layer("bias_ih") +
                         hidden.matmul(of_layer("weight_hh").t()) + of_layer("bias_hh");
      const auto part = gates.chunk(4, 1);  // input, forget, cell, output
      cell = part[1].sigmoid() * cell + part[0].sigmoid() * part[2].tanh();
      hidden = part[3].sigmoid() * cell.tanh();
      outputs.push_back(hidden);
    }
    below = torch::stack(outputs, 1);
  }
  const auto logits = below.matmul(parameters["output.weight"].t()) + parameters["output.bias"];
  expect_near(model->predict(inputs, {}), logits, 1e-14);
}

TEST(Lstm, HasTheGradientsOfItsEquations) {
  const auto model = lstm(2, 3);
  const auto inputs = random_tensor({2, 3, 3}, 1).requires_grad_();
  auto leaves = model->parameters();
  leaves.push_back(inputs);
  EXPECT_TRUE(gradient_matches([&] { return Tensors{model->predict(inputs, {})}; }, leaves));
}

TEST(Lstm, TreatsABatchOfDifferentLengthsAsItsSequencesOneByOne) {
  for (const auto dtype : {torch::kFloat32, torch::kFloat64}) {
    const auto model = lstm(8, 3, dtype);
    const auto lengths = torch::tensor({4, 1, 7}, torch::kLong);
    auto inputs = random_tensor({3, 7, 3}, 2).to(dtype).requires_grad_();
    const auto logits = model->predict(inputs, lengths);
    // Another batch size may be multiplied in another order: some units in the last place.
    const double tolerance = dtype == torch::kFloat32 ? 1e-6 : 1e-14;
    const auto live = (torch::arange(7) < lengths.unsqueeze(1)).unsqueeze(2);  // [batch, time, 1]
    (logits * live).sum().backward();
    Tensors together;
    for (const auto& parameter : model->parameters()) together.push_back(parameter.grad().clone());
    model->zero_grad();
    for (int64_t b = 0; b < 3; ++b) {
      const auto length = lengths[b].item<int64_t>();
      const auto alone = model->predict(inputs.detach().narrow(0, b, 1).narrow(1, 0, length), {});
      expect_near(logits[b].narrow(0, 0, length), alone[0], tolerance);
      alone.sum().backward();
    }
    for (size_t i = 0; i < together.size(); ++i)
      expect_near(together[i], model->parameters()[i].grad(), 10 * tolerance);
    expect_near(inputs.grad()[0].narrow(0, 4, 3), torch::zeros({3, 3}), 0);
  }
}

TEST(Lstm, StartsByRememberingAndFromZeroWhenItsStartIsNotLearned) {
  Random random(1);
  LstmOptions options;
  options.hidden = 4;
  options.learned_start = false;
  LstmImpl model(options, 3, 2, random);
  for (const char* layer : {"0", "1", "2"}) {
    const auto bias = model.named_parameters()[std::string("layers.bias_ih_l") + layer];
    expect_near(bias, torch::cat({torch::zeros(4), torch::ones(4), torch::zeros(8)}), 0);
  }
  expect_near(model.named_parameters()["initial.cell"], torch::zeros({3, 4}), 0);
  EXPECT_FALSE(model.named_parameters()["initial.cell"].requires_grad());
}

TEST(Lstm, CountsItsMultiplyAdds) {
  // Layers 4·8·(3 + 8) and 4·8·(8 + 8), output 2·8.
  EXPECT_EQ(lstm(8, 2)->multiply_adds_per_step(), 352 + 512 + 16);
}

TEST(Lstm, SaysWhatDoesNotFit) {
  const auto model = lstm(4, 1);
  expect_error(
      [&] {
        model->predict(torch::zeros({2, 4, 5}, torch::kFloat64), {});
      },
      "Lstm.forward: inputs is [2, 4, 5], expected [batch, time, features=3]; sizes fixed by "
      "features=3 (the model)");
}

}  // namespace
}  // namespace mneme
