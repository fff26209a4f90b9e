#include "mechanisms/gradient_check.h"

#include <algorithm>
#include <cmath>

#include "mneme/core/random.h"
#include "mneme/core/shape.h"

namespace mneme {

namespace {

constexpr double kStep = 1e-5;
constexpr double kTolerance = 1e-8;

at::Tensor weighted_sum(const Tensors& outputs) {
  at::Tensor sum = torch::zeros({}, torch::kFloat64);
  uint64_t seed = 1000;
  for (const auto& output : outputs) sum = sum + (output * random_tensor(output.sizes(), seed++)).sum();
  return sum;
}

Tensors leaves_of(const Tensors& inputs) {
  Tensors leaves;
  for (const auto& input : inputs) leaves.push_back(input.detach().clone().requires_grad_());
  return leaves;
}

Tensors gradients_of(const TensorFunction& function, const Tensors& leaves, bool create_graph) {
  auto gradients = torch::autograd::grad({weighted_sum(function(leaves))}, leaves, {},
                                         /*retain_graph=*/create_graph, create_graph, /*allow_unused=*/true);
  for (size_t i = 0; i < leaves.size(); ++i)
    if (!gradients[i].defined()) gradients[i] = torch::zeros_like(leaves[i]);
  return gradients;
}

}  // namespace

at::Tensor random_tensor(at::IntArrayRef sizes, uint64_t seed, double low, double high) {
  Random random(seed);
  auto tensor = torch::empty(sizes, torch::kFloat64);
  for (int64_t i = 0; i < tensor.numel(); ++i) tensor.data_ptr<double>()[i] = random.uniform(low, high);
  return tensor;
}

testing::AssertionResult gradient_matches(const TensorFunction& function, const Tensors& inputs) {
  const auto gradients = gradients_of(function, leaves_of(inputs), false);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto gradient = gradients[i].contiguous();
    const double scale = gradient.numel() == 0 ? 1 : std::max(1.0, gradient.abs().max().item<double>());
    for (int64_t j = 0; j < inputs[i].numel(); ++j) {
      const auto value_at = [&](double move) {
        auto moved = leaves_of(inputs);
        {
          torch::NoGradGuard no_grad;
          moved[i].view(-1)[j] += move;
        }
        return weighted_sum(function(moved)).item<double>();
      };
      const double difference = (value_at(kStep) - value_at(-kStep)) / (2 * kStep);
      const double analytic = gradient.view(-1)[j].item<double>();
      if (!(std::abs(difference - analytic) <= kTolerance * scale))
        return testing::AssertionFailure()
               << "input " << i << " " << shape_text(inputs[i]) << ", element " << j << ": gradient is "
               << analytic << ", central difference is " << difference;
    }
  }
  return testing::AssertionSuccess();
}

testing::AssertionResult second_gradient_matches(const TensorFunction& function, const Tensors& inputs) {
  return gradient_matches(
      [&](const Tensors& leaves) { return gradients_of(function, leaves, true); }, inputs);
}

}  // namespace mneme
