#include "mneme/models/blstm.h"

#include <gtest/gtest.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

std::shared_ptr<BlstmImpl> blstm(int64_t hidden, int64_t layers, at::ScalarType dtype = torch::kFloat64) {
  Random random(1);
  BlstmOptions options;
  options.hidden = hidden;
  options.layers = layers;
  auto model = std::make_shared<BlstmImpl>(options, 3, 2, random);
  model->to(dtype);
  return model;
}

/// One way through a sequence [batch, time, any] by the parameters that stand under `prefix`.
at::Tensor written_out(const BlstmImpl& model, const std::string& prefix, const at::Tensor& steps) {
  const auto parameters = model.named_parameters();
  const auto of = [&](const char* name) { return parameters[prefix + name]; };
  auto hidden = torch::zeros({steps.size(0), of("weight_hh_l0").size(1)}, steps.options()), cell = hidden;
  Tensors outputs;
  for (int64_t t = 0; t < steps.size(1); ++t) {
    const auto gates = steps.select(1, t).matmul(of("weight_ih_l0").t()) + of("bias_ih_l0") +
                       hidden.matmul(of("weight_hh_l0").t()) + of("bias_hh_l0");
    const auto part = gates.chunk(4, 1);  // input, forget, cell, output
    cell = part[1].sigmoid() * cell + part[0].sigmoid() * part[2].tanh();
    hidden = part[3].sigmoid() * cell.tanh();
    outputs.push_back(hidden);
  }
  return torch::stack(outputs, 1);
}

TEST(Blstm, EqualsItsEquationsWrittenOut) {
  const auto model = blstm(4, 2);
  const auto inputs = random_tensor({2, 5, 3}, 1);
  auto below = inputs;
  for (const char* layer : {"0.", "1."}) {
    const auto ahead = written_out(*model, std::string("ahead.") + layer, below);
    const auto back = written_out(*model, std::string("back.") + layer, below.flip(1)).flip(1);
    below = torch::cat({ahead, back}, 2);
  }
  const auto parameters = model->named_parameters();
  const auto logits = below.matmul(parameters["output.weight"].t()) + parameters["output.bias"];
  expect_near(model->predict(inputs, {}), logits, 1e-14);
}

TEST(Blstm, HasTheGradientsOfItsEquations) {
  const auto model = blstm(2, 2);
  const auto inputs = random_tensor({2, 3, 3}, 1).requires_grad_();
  auto leaves = model->parameters();
  leaves.push_back(inputs);
  EXPECT_TRUE(gradient_matches(
      [&] {
        return Tensors{model->predict(inputs, torch::tensor({3, 2}, torch::kLong))};
      },
      leaves));
}

TEST(Blstm, TreatsABatchOfDifferentLengthsAsItsSequencesOneByOne) {
  for (const auto dtype : {torch::kFloat32, torch::kFloat64}) {
    const auto model = blstm(8, 2, dtype);
    const auto lengths = torch::tensor({4, 1, 7}, torch::kLong);
    const auto inputs = random_tensor({3, 7, 3}, 2).to(dtype);
    const auto logits = model->predict(inputs, lengths);
    // Another batch size may be multiplied in another order: some units in the last place.
    const double tolerance = dtype == torch::kFloat32 ? 1e-6 : 1e-14;
    for (int64_t b = 0; b < 3; ++b) {
      const auto length = lengths[b].item<int64_t>();
      const auto alone = model->predict(inputs.narrow(0, b, 1).narrow(1, 0, length), {});
      expect_near(logits[b].narrow(0, 0, length), alone[0], tolerance);
    }
  }
}

TEST(Blstm, HearsWhatComesLater) {
  const auto model = blstm(4, 1);
  const auto inputs = random_tensor({1, 6, 3}, 3).requires_grad_();
  const auto gradient = torch::autograd::grad({model->predict(inputs, {})[0][1].sum()}, {inputs}).front();
  EXPECT_GT(gradient[0][5].abs().sum().item<double>(), 0);
  EXPECT_GT(gradient[0][0].abs().sum().item<double>(), 0);
}

TEST(Blstm, RefusesWhatDoesNotFit) {
  const auto model = blstm(4, 1);
  expect_error(
      [&] {
        model->predict(torch::zeros({1, 2, 4}, torch::kFloat64), {});
      },
      "Blstm.forward: inputs is [1, 2, 4], expected [batch, time, features=3]; sizes fixed by features=3 "
      "(the model)");
}

}  // namespace
}  // namespace mneme
