#include "mneme/mechanisms/mixture_density.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <numbers>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "models/fused_accuracy.h"
#include "mneme/mechanisms/gradient_clip.h"

namespace mneme {
namespace {

at::Tensor golden_mixture() {
  return numbers({0.4, 0.3, -0.2, 0.5, -1.0, 0.1, 0.7, -0.4, 0.2, 0.3, -0.6, 0.9, -0.5}, {13});
}

TEST(MixtureDensity, EqualsTheEquationsComputedApart) {
  const auto raw = golden_mixture().expand({3, 13});
  const auto points = numbers({0.3, -0.8, 0, 0.3, -0.8, 1, -1.5, 2, 0}, {3, 3});
  // From tests/goldens/handwriting_golden.py; printed with 12 decimals.
  expect_near(mixture_nats(raw, points), numbers({2.601217169078, 3.001217169078, 5.908912891612}, {3}), 1e-11);
}

TEST(MixtureDensity, IsADensity) {
  // The sum over a fine grid, times the cell's area, is 1 up to what lies outside and between.
  const double step = 0.05;
  const auto axis = torch::arange(-8, 8, step, torch::kFloat64);
  const auto grid = torch::cartesian_prod({axis, axis});
  for (const double lifted : {0.0, 1.0}) {
    const auto points = torch::cat({grid, torch::full({grid.size(0), 1}, lifted, torch::kFloat64)}, 1);
    const auto mass = (-mixture_nats(golden_mixture().expand({grid.size(0), 13}), points)).exp().sum() * step * step;
    const double end = 1 / (1 + std::exp(0.4));
    EXPECT_NEAR(mass.item<double>(), lifted > 0 ? end : 1 - end, 1e-6);
  }
}

TEST(MixtureDensity, HasTheGradientsOfItsEquations) {
  const TensorFunction function = [](const Tensors& in) {
    return Tensors{
        mixture_nats(in[0], torch::cat({in[1], numbers({0, 1, 0, 0, 1, 0}, {2, 3, 1})}, 2), Path::composite)};
  };
  const Tensors inputs = {random_tensor({2, 3, 13}, 1), random_tensor({2, 3, 2}, 2)};
  EXPECT_TRUE(gradient_matches(function, inputs));
  EXPECT_TRUE(second_gradient_matches(function, inputs));
}

TEST(MixtureDensity, StaysFiniteWhereItIsVerySharp) {
  // ρ within 1e-17 of 1, deviations of e^-12, a point far away along and across.
  auto raw = torch::zeros({2, 7});
  raw.narrow(1, 4, 2).fill_(-12);
  raw.select(1, 6).fill_(20);
  raw.requires_grad_();
  const auto nats = mixture_nats(raw, torch::tensor({{1e-6f, 1e-6f, 0.f}, {1.f, -1.f, 1.f}}));
  EXPECT_TRUE(nats.isfinite().all().item<bool>());
  nats.sum().backward();
  EXPECT_TRUE(raw.grad().isfinite().all().item<bool>());
}

class FusedMixture : public testing::TestWithParam<int64_t> {};

// Rows of points about what the mixtures expect, some lifted.
std::pair<at::Tensor, at::Tensor> rows_of(int64_t mixtures, uint64_t seed, int64_t rows = 70) {
  auto points = random_tensor({rows, 3}, seed, -2, 2);
  points.select(1, 2).copy_((points.select(1, 2) > 1).to(torch::kFloat64));
  return {random_tensor({rows, mixture_parameters(mixtures)}, seed + 50, -1.5, 1.5), points};
}

TEST_P(FusedMixture, IsAsAccurateAsTheComposite) {
  expect_as_accurate_as_the_composite([](Path path, at::ScalarType dtype, uint64_t seed) {
    auto [raw, points] = rows_of(GetParam(), seed);
    raw = raw.to(dtype).requires_grad_();
    const auto nats = mixture_nats(raw, points.to(dtype), path);
    (nats * random_tensor({70}, seed + 99).to(dtype)).sum().backward();
    return Named{{"nats", nats.detach().to(torch::kFloat64)}, {"raw", raw.grad().to(torch::kFloat64)}};
  });
}

TEST_P(FusedMixture, HasTheGradientsOfCentralDifferences) {
  const auto points = rows_of(GetParam(), 1, 3).second;
  const TensorFunction function = [&](const Tensors& in) { return Tensors{mixture_nats(in[0], points, Path::fused)}; };
  EXPECT_TRUE(gradient_matches(function, {rows_of(GetParam(), 1, 3).first}));
}

INSTANTIATE_TEST_SUITE_P(Mixtures, FusedMixture, testing::Values(1, 2, 3, 8, 20, 33));

TEST(FusedMixturePath, GivesTheSameBitsOnAnyNumberOfThreadsAndRefusesWhatItCannot) {
  const auto [raw, points] = rows_of(20, 1, 1000);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = mixture_nats(raw, points, Path::fused);
  at::set_num_threads(2);
  EXPECT_TRUE(torch::equal(one, mixture_nats(raw, points, Path::fused)));
  at::set_num_threads(before);
  EXPECT_THROW(mixture_nats(raw, points.clone().requires_grad_(), Path::fused), Error);
  EXPECT_TRUE(mixture_nats(raw, points.clone().requires_grad_()).requires_grad());  // by the composite
}

TEST(PenMixture, SaysWhatTheNumbersMeanAndBiasSharpens) {
  const auto mixture = pen_mixture(golden_mixture());
  EXPECT_NEAR(mixture.end_probability.item<double>(), 1 / (1 + std::exp(0.4)), 1e-12);
  EXPECT_NEAR(mixture.weights.sum().item<double>(), 1, 1e-12);
  expect_near(mixture.means, numbers({0.5, 0.1, -1.0, 0.7}, {2, 2}), 1e-12);
  const auto sharp = pen_mixture(golden_mixture(), 2);
  expect_near(sharp.deviations, mixture.deviations * std::exp(-2.0), 1e-12);
  expect_near(sharp.weights, numbers({0.9, -0.6}, {2}).softmax(0), 1e-12);
}

TEST(DrawPoint, DrawsFromTheMixture) {
  Random random(1);
  constexpr int kDraws = 4000;
  const auto mixture = pen_mixture(golden_mixture());
  auto sum = torch::zeros({3}, torch::kFloat64), product = torch::zeros({}, torch::kFloat64);
  for (int i = 0; i < kDraws; ++i) {
    const DrawnPoint point = draw_point(golden_mixture(), 0, random);
    sum += numbers({point.dx, point.dy, point.stroke_end ? 1.0 : 0.0}, {3});
    product += point.dx * point.dy;
  }
  const auto means = (mixture.weights.unsqueeze(1) * mixture.means).sum(0);
  // Four standard errors; no component deviates by more than 2.
  EXPECT_NEAR(sum[0].item<double>() / kDraws, means[0].item<double>(), 4 * 2 / std::sqrt(kDraws));
  EXPECT_NEAR(sum[1].item<double>() / kDraws, means[1].item<double>(), 4 * 2 / std::sqrt(kDraws));
  EXPECT_NEAR(sum[2].item<double>() / kDraws, mixture.end_probability.item<double>(), 4 * 0.5 / std::sqrt(kDraws));
  const auto expected = (mixture.weights * (mixture.means.prod(1) + mixture.correlations * mixture.deviations.prod(1)))
                            .sum().item<double>();
  EXPECT_NEAR(product.item<double>() / kDraws, expected, 4 * 4 / std::sqrt(kDraws));
}

TEST(DrawPoint, GoesToTheLikeliestMeanAtALargeBias) {
  Random random(2);
  for (int i = 0; i < 20; ++i) {
    const DrawnPoint point = draw_point(golden_mixture(), 30, random);
    EXPECT_NEAR(point.dx, 0.5, 1e-6);
    EXPECT_NEAR(point.dy, 0.1, 1e-6);
  }
}

TEST(MixtureDensity, SaysWhatDoesNotFit) {
  expect_error([] { mixture_nats(torch::zeros({2, 12}), torch::zeros({2, 3})); },
               "mixture_nats: raw is [2, 12], expected [..., 1 + 6 · mixtures]");
  expect_error([] { mixture_nats(torch::zeros({2, 13}), torch::zeros({3, 3})); },
               "mixture_nats: points is float32 [3, 3], expected [..., 3] beside raw float32 [2, 13]");
}

TEST(ClipGradient, CutsTheDerivativeAndNothingElse) {
  const auto x = numbers({1, 2, 3}, {3}).requires_grad_();
  const auto y = clip_gradient(x, 10);
  EXPECT_TRUE(torch::equal(x, y));
  (y * numbers({5, -20, 30}, {3})).sum().backward();
  expect_near(x.grad(), numbers({5, -10, 10}, {3}), 0);
  EXPECT_TRUE(clip_gradient(x, 0).is_same(x));
}

}  // namespace
}  // namespace mneme
