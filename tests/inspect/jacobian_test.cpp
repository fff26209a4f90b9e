#include "mneme/inspect/jacobian.h"

#include <gtest/gtest.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "mneme/inspect/pen_view.h"
#include "mneme/inspect/trace_arrays.h"

namespace mneme {
namespace {

std::shared_ptr<SequenceModel> small_model(const std::string& name, const Settings& settings) {
  Random random(1);
  auto model = make_model(name, settings, {3, 2}, random);
  model->to(torch::kFloat64);
  model->eval();
  return model;
}

std::shared_ptr<SequenceModel> small_model(const std::string& name) {
  Settings settings = {{"hidden", {int64_t{4}, "test"}}};
  if (name == "ntm" || name == "dnc") {
    settings["slots"] = {int64_t{5}, "test"};
    settings["width"] = {int64_t{3}, "test"};
    settings["path"] = {std::string("composite"), "test"};
  }
  return small_model(name, settings);
}

constexpr double kStep = 1e-5;       // truncation 1e-10, rounding 1e-11
constexpr double kTolerance = 1e-8;  // far below what a wrong derivative is off by

TEST(Jacobian, EqualsCentralDifferencesForEveryKindOfModel) {
  const auto inputs = random_tensor({1, 4, 3}, 2);
  const std::vector<OutputPlace> places = {{3, 1}, {0, 0}, {2, 1}};
  for (const char* name : {"lstm", "blstm", "ntm", "dnc"}) {
    const auto model = small_model(name);
    const auto derivatives = jacobian(*model, {inputs, {}, {}, {}}, places);
    const torch::NoGradGuard no_gradients;
    auto expected = torch::zeros({3, 4, 3}, torch::kFloat64);
    for (int64_t step = 0; step < 4; ++step) {
      for (int64_t feature = 0; feature < 3; ++feature) {
        const auto logits_at = [&](double moved) {
          auto other = inputs.clone();
          other[0][step][feature] += moved;
          return model->predict(other, {})[0];
        };
        const auto slope = (logits_at(kStep) - logits_at(-kStep)) / (2 * kStep);  // [time, outputs]
        for (int64_t k = 0; k < 3; ++k) {
          const auto& place = places[static_cast<size_t>(k)];
          expected[k][step][feature] = slope[place.step][place.output];
        }
      }
    }
    SCOPED_TRACE(name);
    expect_near(derivatives, expected, kTolerance);
  }
}

TEST(Jacobian, IsZeroBehindTheOutputWhereNothingRunsBackInTime) {
  const auto inputs = random_tensor({1, 4, 3}, 2);
  const auto of = [&](const char* name) {
    return sensitivity(jacobian(*small_model(name), {inputs, {}, {}, {}}, {{1, 0}}))[0];
  };
  EXPECT_EQ(of("lstm").narrow(0, 2, 2).sum().item<double>(), 0);
  EXPECT_GT(of("blstm").narrow(0, 2, 2).min().item<double>(), 0);
}

TEST(Jacobian, IsTheSameInPartsAndWithPadding) {
  const auto model = small_model("blstm");
  const auto inputs = random_tensor({1, 6, 3}, 2);
  const auto lengths = torch::tensor({4}, torch::kLong);
  const std::vector<OutputPlace> places = {{3, 1}, {0, 0}, {2, 1}};
  const auto together = jacobian(*model, {inputs, lengths, {}, {}}, places);
  expect_near(jacobian(*model, {inputs, lengths, {}, {}}, places, 2), together, 1e-14);
  expect_near(jacobian(*model, {inputs.narrow(1, 0, 4), {}, {}, {}}, places), together.narrow(1, 0, 4),
              1e-14);
  EXPECT_EQ(together.narrow(1, 4, 2).abs().sum().item<double>(), 0);
  expect_near(sensitivity(together), together.square().sum(2).sqrt(), 1e-14);
}

TEST(Jacobian, RefusesWhatHasNone) {
  const auto model = small_model("lstm");
  const auto inputs = random_tensor({1, 4, 3}, 2);
  expect_error(
      [&] {
        jacobian(*model, {inputs, {}, {}, {}}, {{4, 0}});
      },
      "jacobian: output 0 at step 4, expected 0..1 at 0..3");
  expect_error(
      [&] {
        jacobian(*model, {torch::zeros({1, 4}, torch::kLong), {}, {}, {}}, {{0, 0}});
      },
      "jacobian: inputs is int64, expected real numbers; there is no derivative by the number of a token");
  expect_error(
      [&] {
        jacobian(*model, {inputs.repeat({2, 1, 1}), {}, {}, {}}, {{0, 0}});
      },
      "jacobian: inputs is [2, 4, 3], expected [1, time, features]");
}

TEST(PenJacobianView, SaysWhatEachCharacterHeardAtEveryPoint) {
  const PenRecognitionTask task({});
  Random random(1);
  const auto model = make_model("blstm", {{"hidden", {int64_t{4}, "test"}}},
                                {task.sizes().features, task.sizes().outputs}, random);
  const PenText pen = draw_sample("having", true, 1);
  const TraceView view = pen_jacobian_view("having", *model, task, pen);
  EXPECT_EQ(view.facts.at("text"), "having");
  const auto points = static_cast<int64_t>(task.steps_of(pen).pen.points.size());
  EXPECT_EQ(array_of(view, "sensitivity").shape, (std::vector<int64_t>{6, points}));
  EXPECT_EQ(array_of(view, "x").shape, (std::vector<int64_t>{points}));
  const auto& said = array_of(view, "said_step").values;
  EXPECT_TRUE(std::is_sorted(said.begin(), said.end()));
  int64_t dot = 0;
  for (size_t point = 0; point < static_cast<size_t>(points); ++point)
    dot += array_of(view, "delayed").values[point] == 1 && array_of(view, "character").values[point] == 3;
  EXPECT_GE(dot, 2);
  for (const float value : array_of(view, "sensitivity").values) EXPECT_GT(value, 0);
}

}  // namespace
}  // namespace mneme
