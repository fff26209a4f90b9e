#include "mneme/models/initialisation.h"

#include <torch/torch.h>

#include <cmath>

namespace mneme {

namespace {

template <class Draw>
void fill(const at::Tensor& tensor, Draw&& draw) {
  auto values = torch::empty(tensor.sizes(), torch::kFloat64);
  auto* value = values.data_ptr<double>();
  for (int64_t i = 0; i < values.numel(); ++i) value[i] = draw();
  torch::NoGradGuard no_grad;
  tensor.copy_(values);
}

}  // namespace

void fill_uniform(const at::Tensor& tensor, double bound, Random& random) {
  fill(tensor, [&] { return random.uniform(-bound, bound); });
}

void fill_normal(const at::Tensor& tensor, double deviation, Random& random) {
  fill(tensor, [&] { return deviation * random.normal(); });
}

void fill_glorot(const at::Tensor& weight, double gain, Random& random) {
  fill_uniform(weight, gain * std::sqrt(6.0 / static_cast<double>(weight.size(0) + weight.size(1))), random);
}

}  // namespace mneme
