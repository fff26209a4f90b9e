// The composite on a GPU, where there is one.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "mneme/models/dnc.h"

namespace mneme {
namespace {

TEST(DncOnCuda, GivesTheLogitsAndGradientsOfTheCpu) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "there is no CUDA device";
  const auto inputs = random_tensor({3, 7, 4}, 1).to(torch::kFloat32);
  const auto lengths = torch::tensor({7, 4, 5}, torch::kLong);
  std::vector<std::vector<at::Tensor>> results;
  for (const torch::Device device : {torch::Device(torch::kCPU), torch::Device(torch::kCUDA)}) {
    DncOptions options;
    options.hidden = 20;
    options.slots = 16;
    options.width = 8;
    options.read_heads = 2;
    options.path = "composite";
    Random random(1);
    DncImpl model(options, 4, 5, random);
    model.to(device);
    const auto logits = model.predict(inputs.to(device), lengths);
    logits.narrow(1, 0, 4).sum().backward();
    results.push_back({logits.detach().narrow(1, 0, 4).cpu().to(torch::kFloat64)});
    for (const auto& parameter : model.parameters())
      results.back().push_back(parameter.grad().cpu().to(torch::kFloat64));
  }
  // Float32 through seven steps, summed in another order.
  for (size_t i = 0; i < results[0].size(); ++i) expect_near(results[1][i], results[0][i], 1e-3);
}

}  // namespace
}  // namespace mneme
