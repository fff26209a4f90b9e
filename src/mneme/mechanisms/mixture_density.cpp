#include "mneme/mechanisms/mixture_density.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/kernels/mixture_density/mixture_density.h"
#include "mneme/mechanisms/exact_softplus.h"

namespace mneme {

namespace {

/// ŷ cut into its parts, each [..., mixtures].
struct RawMixture {
  at::Tensor end;  // [..., 1]
  at::Tensor weights, mean_x, mean_y, log_x, log_y, correlation;
};

RawMixture split(std::string_view operation, const at::Tensor& raw) {
  const int64_t size = raw.dim() > 0 ? raw.size(-1) : 0;
  if (size < mixture_parameters(1) || (size - 1) % 6 != 0)
    throw Error(std::string(operation) + ": raw is " + shape_text(raw) +
                ", expected [..., 1 + 6 · mixtures]");
  const auto parts = raw.narrow(-1, 1, size - 1).chunk(6, -1);
  return {raw.narrow(-1, 0, 1), parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]};
}

/// log(1 - tanh²(x)), exact also where tanh(x) rounds to 1.
at::Tensor log_one_minus_tanh_squared(const at::Tensor& x) {
  return 2 * (std::numbers::ln2 - x - exact_softplus(-2 * x));
}

}  // namespace

PenMixture pen_mixture(const at::Tensor& raw, double bias) {
  const auto parts = split("pen_mixture", raw);
  return {.end_probability = (-parts.end).sigmoid().squeeze(-1),
          .weights = (parts.weights * (1 + bias)).softmax(-1),
          .means = at::stack({parts.mean_x, parts.mean_y}, -1),
          .deviations = (at::stack({parts.log_x, parts.log_y}, -1) - bias).exp(),
          .correlations = parts.correlation.tanh()};
}

at::Tensor mixture_nats(const at::Tensor& raw, const at::Tensor& points, Path path) {
  const auto parts = split("mixture_nats", raw);
  if (points.dim() != raw.dim() || points.size(-1) != 3 ||
      points.sizes().slice(0, points.dim() - 1) != raw.sizes().slice(0, raw.dim() - 1) ||
      points.scalar_type() != raw.scalar_type())
    throw Error("mixture_nats: points is " + dtype_text(points.scalar_type()) + " " + shape_text(points) +
                ", expected [..., 3] beside raw " + dtype_text(raw.scalar_type()) + " " + shape_text(raw));
  if (path == Path::fused || (path == Path::automatic && fused_mixture_obstacles(raw, points).empty()))
    return fused_mixture_nats(raw, points);
  const auto z_x = (points.narrow(-1, 0, 1) - parts.mean_x) * (-parts.log_x).exp();
  const auto z_y = (points.narrow(-1, 1, 1) - parts.mean_y) * (-parts.log_y).exp();
  const auto log_rest = log_one_minus_tanh_squared(parts.correlation);  // log(1 - ρ²)
  const auto distance = (z_x - parts.correlation.tanh() * z_y).square() * (-log_rest).exp() + z_y.square();
  const auto log_density =  // of each component, [..., mixtures]
      parts.weights.log_softmax(-1) - parts.log_x - parts.log_y - 0.5 * (log_rest + distance);
  const double log_circle = std::log(2 * std::numbers::pi);
  // -log e = softplus(ê), -log(1 - e) = softplus(-ê)
  const auto end = parts.end.squeeze(-1), lifted = points.select(-1, 2);
  const auto end_nats = exact_softplus(end) - (1 - lifted) * end;
  return log_circle - log_density.logsumexp(-1) + end_nats;
}

DrawnPoint draw_point(const at::Tensor& raw, double bias, Random& random) {
  split("draw_point", raw);
  // Few numbers, thousands of times a second: without the engine's operations.
  const auto plain = raw.detach().to(at::kCPU, at::kDouble).contiguous();
  const double* const numbers = plain.const_data_ptr<double>();
  const int64_t mixtures = (plain.numel() - 1) / 6;
  const auto part = [&](int64_t which, int64_t j) { return numbers[1 + which * mixtures + j]; };
  const double highest = *std::max_element(numbers + 1, numbers + 1 + mixtures);
  const auto share = [&](int64_t j) { return std::exp((part(0, j) - highest) * (1 + bias)); };
  double all = 0;
  for (int64_t j = 0; j < mixtures; ++j) all += share(j);
  int64_t chosen = 0;
  for (double left = random.uniform() * all - share(0); left > 0 && chosen + 1 < mixtures;) left -= share(++chosen);
  const double a = random.normal(), b = random.normal(), rho = std::tanh(part(5, chosen));
  const double dx = part(1, chosen) + std::exp(part(3, chosen) - bias) * a;
  const double dy = part(2, chosen) + std::exp(part(4, chosen) - bias) * (rho * a + std::sqrt(1 - rho * rho) * b);
  return {static_cast<float>(dx), static_cast<float>(dy), random.coin(1 / (1 + std::exp(numbers[0])))};
}

}  // namespace mneme
