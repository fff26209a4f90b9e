#include "mneme/mechanisms/gaussian_window.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

TEST(GaussianWindow, EqualsTheEquationsComputedApart) {
  const auto raw = numbers({0.1, -0.7, 0.3, -1.2, -0.5, 0.4, 0.0, 0.5, -0.3, 0.8, 0.2, -2.0}, {2, 6});
  const auto parameters = advance_window(raw, numbers({0.5, 1, 2, 0}, {2, 2}));
  // From tests/goldens/handwriting_golden.py; printed with 12 decimals.
  expect_near(parameters.positions, numbers({1.106530659713, 2.491824697641, 3.22140275816, 0.135335283237}, {2, 2}),
              1e-12);
  const auto mask = torch::tensor({{true, true, true}, {true, true, false}});
  const auto strengths = window_strengths(parameters, mask);
  expect_near(strengths,
              numbers({1.342395193053, 0.837914633951, 0.468166914023, 0.338105704567, 0.331872917836, 0}, {2, 3}),
              1e-12);
  const auto text = torch::tensor({{2, 0, 1}, {1, 1, 0}}, torch::kLong);
  expect_near(read_window(strengths, torch::one_hot(text, 3).to(torch::kFloat64)),
              numbers({0.837914633951, 0.468166914023, 1.342395193053, 0, 0.669978622403, 0}, {2, 3}), 1e-12);
}

TEST(GaussianWindow, ShowsTheCharacterThatANarrowBumpStandsOver) {
  const WindowParameters narrow{numbers({1}, {1, 1}), numbers({100}, {1, 1}), {}, numbers({3}, {1, 1})};
  // The neighbours: e^-100.
  expect_near(window_strengths(narrow, torch::ones({1, 4}, torch::kBool)), numbers({0, 0, 1, 0}, {1, 4}), 1e-12);
}

TEST(GaussianWindow, NeverGoesBack) {
  const auto before = random_tensor({3, 4}, 1, 0, 10);
  const auto after = advance_window(random_tensor({3, 12}, 2, -5, 5), before);
  EXPECT_TRUE((after.positions > before).all().item<bool>());
  EXPECT_TRUE((after.widths > 0).all().item<bool>());
  EXPECT_TRUE((after.importances > 0).all().item<bool>());
}

TEST(GaussianWindow, HasTheGradientsOfItsEquations) {
  const auto mask = torch::tensor({{true, true, true, true}, {true, true, false, false}});
  const TensorFunction function = [&](const Tensors& in) {
    const auto parameters = advance_window(in[0], in[1]);
    const auto strengths = window_strengths(parameters, mask);
    return Tensors{strengths, parameters.positions, read_window(strengths, in[2])};
  };
  const Tensors inputs = {random_tensor({2, 6}, 1), random_tensor({2, 2}, 2, 0, 3), random_tensor({2, 4, 3}, 3)};
  EXPECT_TRUE(gradient_matches(function, inputs));
  EXPECT_TRUE(second_gradient_matches(function, inputs));
}

TEST(GaussianWindow, SaysWhatDoesNotFit) {
  expect_error([] { advance_window(torch::zeros({2, 5}), torch::zeros({2, 2})); },
               "advance_window: raw is [2, 5], expected [batch=2, parameters=6]; sizes fixed by previous_positions "
               "[2, 2] and parameters=6 (three times the gaussians)");
  expect_error([] { read_window(torch::zeros({2, 4}), torch::zeros({2, 5, 3})); },
               "read_window: characters is [2, 5, 3], expected [batch=2, characters=4, tokens]; sizes fixed by "
               "strengths [2, 4]");
}

}  // namespace
}  // namespace mneme
