#include "mneme/models/initialisation.h"

#include <torch/torch.h>

#include <cmath>

namespace mneme {

void fill_uniform(const at::Tensor& tensor, double bound, Random& random) {
  auto values = torch::empty(tensor.sizes(), torch::kFloat64);
  auto* value = values.data_ptr<double>();
  for (int64_t i = 0; i < values.numel(); ++i) value[i] = random.uniform(-bound, bound);
  torch::NoGradGuard no_grad;
  tensor.copy_(values);
}

void fill_glorot(const at::Tensor& weight, double gain, Random& random) {
  fill_uniform(weight, gain * std::sqrt(6.0 / static_cast<double>(weight.size(0) + weight.size(1))), random);
}

}  // namespace mneme
