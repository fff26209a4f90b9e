// The fused path of the ACT network against the composite, which is the definition.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "models/fused_accuracy.h"
#include "mneme/core/error.h"
#include "mneme/models/act_rnn.h"

namespace mneme {
namespace {

struct ActCase {
  const char* name;
  const char* cell;
  int64_t batch, time, features, outputs, hidden, max_steps;
  double halting_bias;  // the lower, the longer is thought
  bool variable_lengths;
};
void PrintTo(const ActCase& c, std::ostream* out) {
  *out << c.name;
}

const ActCase kActCases[] = {
    {"Parity", "rnn", 40, 1, 64, 1, 128, 20, 0, false},
    {"Logic", "lstm", 16, 5, 102, 1, 64, 10, 0, true},
    {"EverythingIsOne", "rnn", 1, 1, 1, 1, 1, 1, 1, false},
    {"EverythingIsOneLstm", "lstm", 1, 1, 1, 1, 1, 1, 1, false},
    {"OddSizes", "rnn", 19, 7, 3, 5, 13, 9, -1, true},
    {"OddSizesLstm", "lstm", 21, 6, 5, 3, 11, 9, -1, true},
    {"OneSequence", "lstm", 1, 20, 4, 2, 33, 5, -1, false},
    {"NobodyHaltsBeforeTheLast", "rnn", 5, 3, 4, 2, 8, 7, -9, false},
    {"TheNetworkAsItIs", "lstm", 17, 4, 3, 2, 9, 1, 0, true},
};

std::shared_ptr<ActRnnImpl> make_act(const ActCase& c, at::ScalarType dtype, uint64_t seed = 1) {
  ActOptions options;
  options.cell = c.cell;
  options.hidden = c.hidden;
  options.max_steps = c.max_steps;
  options.halting_bias = c.halting_bias;
  options.time_penalty = 0.1;
  Random random(seed);
  auto model = std::make_shared<ActRnnImpl>(options, ModelSizes{c.features, c.outputs}, random);
  // Larger than an untrained net's, so that some halt early and others late.
  torch::NoGradGuard no_grad;
  for (const auto& parameter : model->named_parameters())
    if (parameter.key() == "halting.weight") parameter.value().mul_(4);
  model->to(dtype);
  return model;
}

// Logits up to each length, the cost, and the gradients of all parameters and the inputs, in float64.
Named run_act(const ActCase& c, Path path, at::ScalarType dtype, uint64_t seed) {
  const auto model = make_act(c, dtype, seed);
  model->set_path(path);
  const auto inputs = random_tensor({c.batch, c.time, c.features}, seed + 100).to(dtype).requires_grad_();
  const auto lengths = drawn_lengths(c, seed);
  const auto prediction = model->forward({inputs, lengths, {}, {}});
  auto logits = prediction.logits;
  if (lengths.defined()) logits = logits * (torch::arange(c.time) < lengths.unsqueeze(1)).unsqueeze(2);
  ((logits * random_tensor(logits.sizes(), seed + 200).to(dtype)).sum() + prediction.cost).backward();
  Named results = {{"logits", logits.detach()}, {"cost", prediction.cost.detach()}, {"inputs", inputs.grad()}};
  for (const auto& parameter : model->named_parameters())
    results.emplace_back(parameter.key(), parameter.value().grad());
  for (auto& result : results) result.second = result.second.to(torch::kFloat64);
  return results;
}

class FusedAct : public testing::TestWithParam<ActCase> {};

TEST_P(FusedAct, IsAsAccurateAsTheComposite) {
  expect_as_accurate_as_the_composite(
      [](Path path, at::ScalarType dtype, uint64_t seed) { return run_act(GetParam(), path, dtype, seed); });
}

TEST_P(FusedAct, ThinksAsLongAndGoesOnFromTheSameState) {
  const auto& c = GetParam();
  const auto model = make_act(c, torch::kFloat64);
  const auto inputs = random_tensor({c.batch, c.time, c.features}, 3);
  const auto lengths = drawn_lengths(c, 1);
  std::vector<std::vector<at::Tensor>> states(2);
  std::vector<double> ponder_steps;
  for (const auto path : {Path::composite, Path::fused}) {
    model->set_path(path);
    auto& state = states[ponder_steps.size()];
    ponder_steps.push_back(model->forward({inputs, lengths, {}, {}}).figures.at("ponder_steps").value());
    model->advance(state, inputs, lengths);
    model->advance(state, inputs, {});
  }
  EXPECT_EQ(ponder_steps[0], ponder_steps[1]);
  ASSERT_EQ(states[0].size(), states[1].size());
  // Float64 through a few dozen inner steps; a wrong or misplaced part is off by far more.
  for (size_t i = 0; i < states[0].size(); ++i) expect_near(states[1][i], states[0][i], 1e-11);
}

/// Results of the operation alone, without the engine's products before and after it, and its gradients.
Tensors run_operation(const ActCase& c, int64_t first, int64_t count) {
  const bool lstm = std::string(c.cell) == "lstm";
  const int64_t gates = lstm ? 4 * c.hidden : c.hidden;
  uint64_t seed = 50;
  const auto part = [&](const at::Tensor& all) { return all.narrow(0, first, count); };
  const auto leaf = [&](at::IntArrayRef sizes) { return random_tensor(sizes, seed++).to(torch::kFloat32); };
  const auto input_gates = part(leaf({c.batch, c.time, gates})).clone().requires_grad_();
  const auto hidden = part(leaf({c.batch, c.hidden})).clone().requires_grad_();
  const auto cell = part(leaf({c.batch, c.hidden})).clone().requires_grad_();
  const Tensors shared = {leaf({gates}).requires_grad_(), (0.3 * leaf({gates, c.hidden})).requires_grad_(),
                          leaf({c.hidden}).requires_grad_(), (leaf({1}) - 1).requires_grad_()};
  const auto lengths = drawn_lengths(c, 1);
  const auto out = act_sequence({.input_gates = input_gates,
                                 .lengths = lengths.defined() ? part(lengths) : at::Tensor(),
                                 .flag = shared[0],
                                 .recurrent_weight = shared[1],
                                 .halting_weight = shared[2],
                                 .halting_bias = shared[3],
                                 .hidden = hidden,
                                 .cell = lstm ? cell : at::Tensor()},
                                {.cell = lstm ? ActCellKind::lstm : ActCellKind::tanh, .max_steps = c.max_steps});
  (out.hidden.square().sum() + out.ponder.sum()).backward();
  Tensors results = {out.hidden.detach(), out.ponder.detach(), out.final_hidden.detach(), input_gates.grad(),
                     hidden.grad()};
  if (lstm) results.push_back(cell.grad());
  if (count == c.batch)
    for (const auto& parameter : shared) results.push_back(parameter.grad());
  return results;
}

TEST_P(FusedAct, GivesTheSameBitsOnAnyNumberOfThreads) {
  const auto& c = GetParam();
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = run_operation(c, 0, c.batch);
  at::set_num_threads(2);
  const auto two = run_operation(c, 0, c.batch);
  at::set_num_threads(before);
  for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(torch::equal(one[i], two[i])) << "result " << i;
}

TEST_P(FusedAct, GivesASequenceTheSameBitsInAnyBatch) {
  const auto& c = GetParam();
  const int64_t which = c.batch / 2;
  const auto together = run_operation(c, 0, c.batch), alone = run_operation(c, which, 1);
  for (size_t i = 0; i < alone.size(); ++i)
    EXPECT_TRUE(torch::equal(together[i][which], alone[i][0])) << "result " << i;
}

INSTANTIATE_TEST_SUITE_P(Cases, FusedAct, testing::ValuesIn(kActCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FusedActPath, HasTheGradientsOfCentralDifferences) {
  for (const char* cell : {"rnn", "lstm"}) {
    const auto model = make_act({"", cell, 3, 3, 2, 2, 3, 6, -0.5, true}, torch::kFloat64);
    model->set_path(Path::fused);
    const auto inputs = random_tensor({3, 3, 2}, 5).requires_grad_();
    const auto lengths = torch::tensor({3, 2, 3}, torch::kLong);
    auto leaves = model->parameters();
    leaves.push_back(inputs);
    const auto predict = [&] {
      const auto prediction = model->forward({inputs, lengths, {}, {}});
      return Tensors{prediction.logits.narrow(1, 0, 2), prediction.cost};
    };
    EXPECT_TRUE(gradient_matches(predict, leaves)) << cell;
  }
}

TEST(FusedActPath, HasTheGradientsOfTheStateItStartsFromAndEndsIn) {
  const auto model = make_act({"", "lstm", 2, 2, 2, 2, 3, 6, -0.5, false}, torch::kFloat64);
  model->set_path(Path::fused);
  const Tensors leaves = {random_tensor({2, 3}, 1).requires_grad_(), random_tensor({2, 3}, 2).requires_grad_(),
                          random_tensor({2, 2, 2}, 3).requires_grad_()};
  EXPECT_TRUE(gradient_matches(
      [&] {
        Tensors state = {leaves[0], leaves[1]};
        model->advance(state, leaves[2], {});
        return state;
      },
      leaves));
}

TEST(FusedActPath, RefusesWhatItCannotRunAndAutomaticTakesTheComposite) {
  const auto model = make_act({"", "gru", 2, 2, 3, 2, 4, 5, 0, false}, torch::kFloat32);
  EXPECT_EQ(model->fused_obstacles(), "cell is gru, the kernel is for rnn and lstm");
  EXPECT_TRUE(model->predict(torch::zeros({2, 2, 3}), {}).isfinite().all().item<bool>());
  model->set_path(Path::fused);
  expect_error([&] { model->predict(torch::zeros({2, 2, 3}), {}); },
               "ActRnn.forward: the fused path cannot run:\ncell is gru, the kernel is for rnn and lstm");
}

TEST(FusedActPath, RefusesASecondDerivative) {
  const auto model = make_act(kActCases[4], torch::kFloat64);
  model->set_path(Path::fused);
  const auto logits = model->predict(random_tensor({2, 3, 3}, 1), {});
  EXPECT_THROW(torch::autograd::grad({logits.sum()}, model->parameters(), {}, /*retain_graph=*/true,
                                     /*create_graph=*/true, /*allow_unused=*/true),
               Error);
}

}  // namespace
}  // namespace mneme
