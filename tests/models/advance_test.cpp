// What every model owes to those who run it piece by piece.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "mneme/models/sequence_model.h"

namespace mneme {
namespace {

struct ModelCase {
  std::string model;
  Settings settings;
};

Setting number(int64_t value) { return {value, "test"}; }
Setting word(const std::string& value) { return {value, "test"}; }

std::vector<ModelCase> model_cases() {
  std::vector<ModelCase> all = {{"lstm", {{"hidden", number(5)}, {"layers", number(2)}}}};
  for (const char* controller : {"lstm", "feed-forward"})
    for (const char* path : {"composite", "automatic"})
      all.push_back({"ntm",
                     {{"hidden", number(5)},
                      {"slots", number(6)},
                      {"width", number(3)},
                      {"read_heads", number(2)},
                      {"controller", word(controller)},
                      {"path", word(path)}}});
  for (const char* controller : {"lstm", "feed-forward"})
    all.push_back({"dnc",
                   {{"hidden", number(5)},
                    {"slots", number(6)},
                    {"width", number(3)},
                    {"read_heads", number(2)},
                    {"controller", word(controller)},
                    {"path", word("composite")}}});
  all.push_back({"dnc",
                 {{"hidden", number(5)},
                  {"slots", number(6)},
                  {"width", number(3)},
                  {"content_only", {true, "test"}},
                  {"layer_norm", {true, "test"}}}});
  return all;
}

std::shared_ptr<SequenceModel> made_model(const ModelCase& one) {
  Random random(1);
  auto model = make_model(one.model, one.settings, {3, 2}, random);
  model->to(torch::kFloat64);
  return model;
}

std::string said(const ModelCase& one) {
  std::string text = one.model;
  for (const auto& [key, setting] : one.settings) text += " " + key + "=" + option_text(setting.value);
  return text;
}

// Another number of steps may be multiplied in another order: some units in the last place.
constexpr double kTolerance = 1e-14;

TEST(Advance, InTwoPiecesEqualsPredictAtOnce) {
  const auto inputs = random_tensor({3, 7, 3}, 1);
  for (const auto& one : model_cases()) {
    SCOPED_TRACE(said(one));
    const auto model = made_model(one);
    std::vector<at::Tensor> state;
    const auto first = model->advance(state, inputs.narrow(1, 0, 4), {});
    const auto second = model->advance(state, inputs.narrow(1, 4, 3), {});
    expect_near(torch::cat({first, second}, 1), model->predict(inputs, {}), kTolerance);
  }
}

TEST(Advance, KeepsEachSequencesStateFromItsOwnLastStep) {
  // Pieces of 2, 4 and 1 steps followed by 3, 1 and 2: whole sequences of 5, 5 and 3.
  const auto inputs = random_tensor({3, 4, 3}, 1), further = random_tensor({3, 3, 3}, 2);
  const auto lengths = torch::tensor({2, 4, 1}, torch::kLong), more = torch::tensor({3, 1, 2}, torch::kLong);
  for (const auto& one : model_cases()) {
    SCOPED_TRACE(said(one));
    const auto model = made_model(one);
    std::vector<at::Tensor> state;
    const auto first = model->advance(state, inputs, lengths);
    const auto second = model->advance(state, further, more);
    EXPECT_TRUE(first.isfinite().all().item<bool>());
    for (const auto& tensor : state) EXPECT_EQ(tensor.size(0), 3);
    for (int64_t b = 0; b < 3; ++b) {
      const auto here = lengths[b].item<int64_t>(), there = more[b].item<int64_t>();
      const auto whole = torch::cat({inputs[b].narrow(0, 0, here), further[b].narrow(0, 0, there)});
      const auto expected = model->predict(whole.unsqueeze(0), {})[0];
      expect_near(first[b].narrow(0, 0, here), expected.narrow(0, 0, here), kTolerance);
      expect_near(second[b].narrow(0, 0, there), expected.narrow(0, here, there), kTolerance);
      std::vector<at::Tensor> alone;
      model->advance(alone, whole.unsqueeze(0), {});
      ASSERT_EQ(alone.size(), state.size());
      for (size_t i = 0; i < state.size(); ++i) expect_near(state[i][b], alone[i][0], kTolerance);
    }
  }
}

TEST(Advance, LetsSequencesBePickedOutOfAState) {
  const auto inputs = random_tensor({2, 4, 3}, 1), further = random_tensor({1, 2, 3}, 2);
  for (const auto& one : model_cases()) {
    SCOPED_TRACE(said(one));
    const auto model = made_model(one);
    std::vector<at::Tensor> state;
    model->advance(state, inputs, {});
    for (auto& tensor : state) tensor = tensor.narrow(0, 1, 1);
    const auto picked = model->advance(state, further, {});
    const auto whole = torch::cat({inputs.narrow(0, 1, 1), further}, 1);
    expect_near(picked, model->predict(whole, {}).narrow(1, 4, 2), kTolerance);
  }
}

TEST(Advance, CarriesGradientsThroughTheState) {
  const auto inputs = random_tensor({2, 5, 3}, 1);
  for (const auto& one : model_cases()) {
    SCOPED_TRACE(said(one));
    const auto model = made_model(one);
    model->predict(inputs, {}).select(1, 4).sum().backward();
    Tensors at_once;
    for (const auto& parameter : model->parameters()) at_once.push_back(parameter.grad().clone());
    model->zero_grad();
    std::vector<at::Tensor> state;
    model->advance(state, inputs.narrow(1, 0, 3), {});
    model->advance(state, inputs.narrow(1, 3, 2), {}).select(1, 1).sum().backward();
    for (size_t i = 0; i < at_once.size(); ++i)
      expect_near(model->parameters()[i].grad(), at_once[i], kTolerance);
  }
}

TEST(Advance, SaysWhatDoesNotFit) {
  const auto inputs = random_tensor({2, 4, 3}, 1);
  const auto lstm = made_model(model_cases()[0]), ntm = made_model(model_cases()[1]);
  std::vector<at::Tensor> state;
  lstm->advance(state, inputs, {});
  expect_error([&] { ntm->advance(state, inputs, {}); },
               "Ntm.advance: state has 2 tensors, expected 5: hidden, cell, reads, weights, memory");
  expect_error([&] { lstm->advance(state, inputs.narrow(0, 0, 1), {}); },
               "Lstm.advance: state.hidden is [2, 2, 5], expected [1, 2, 5] as before the first step");
  state[1] = state[1].to(torch::kFloat32);
  expect_error([&] { lstm->advance(state, inputs, {}); },
               "Lstm.advance: state.cell is float32, expected float64 as before the first step");
  expect_error([&] { ntm->advance(state, torch::zeros({2, 4, 5}, torch::kFloat64), {}); },
               "Ntm.advance: inputs is [2, 4, 5], expected [batch, time, features=3]; sizes fixed by features=3 "
               "(the model)");
}

}  // namespace
}  // namespace mneme
