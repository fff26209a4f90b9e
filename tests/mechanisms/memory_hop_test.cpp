#include "mneme/mechanisms/memory_hop.h"

#include <cmath>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

at::Tensor mask_of(const std::vector<int64_t>& flags, at::IntArrayRef sizes) {
  return torch::tensor(flags, torch::kLong).view(sizes).to(torch::kBool);
}

TEST(MemoryHop, ReadsWhatLooksLikeTheQuestion) {
  const auto question = numbers({std::log(3.0), 0}, {1, 2});
  const auto found_by = numbers({1, 7, 0, 2, 5, 5}, {1, 3, 2});
  const auto read_as = numbers({8, 0, 0, 4, 100, 100}, {1, 3, 2});
  const auto mask = mask_of({1, 1, 0}, {1, 3});
  const auto hop = memory_hop(question, found_by, read_as, mask);
  expect_near(hop.weights, numbers({0.75, 0.25, 0}, {1, 3}), 1e-15);
  expect_near(hop.read, numbers({6, 1}, {1, 2}), 1e-15);
  const auto linear = memory_hop(question, found_by, read_as, mask, /*linear=*/true);
  expect_near(linear.weights, numbers({std::log(3.0), 0, 0}, {1, 3}), 1e-15);
  expect_near(linear.read, numbers({8 * std::log(3.0), 0}, {1, 2}), 1e-14);
}

TEST(MemoryHop, ReadsNothingWhereThereIsNoMemory) {
  auto question = random_tensor({2, 3}, 1).requires_grad_();
  const auto found_by = random_tensor({2, 4, 3}, 2), read_as = random_tensor({2, 4, 3}, 3);
  const auto hop = memory_hop(question, found_by, read_as, mask_of({0, 0, 0, 0, 1, 0, 1, 1}, {2, 4}));
  expect_near(hop.read[0], torch::zeros({3}), 0);
  expect_near(hop.weights.sum(1), numbers({0, 1}, {2}), 1e-15);
  hop.read.sum().backward();
  EXPECT_TRUE(torch::isfinite(question.grad()).all().item<bool>());
}

TEST(MemoryHop, HasTheGradientsOfItsEquation) {
  const auto mask = mask_of({1, 1, 0, 1, 0, 0}, {2, 3});
  for (const bool linear : {false, true}) {
    const TensorFunction hop = [&](const Tensors& given) {
      const auto result = memory_hop(given[0], given[1], given[2], mask, linear);
      return Tensors{result.weights, result.read};
    };
    EXPECT_TRUE(gradient_matches(
        hop, {random_tensor({2, 2}, 1), random_tensor({2, 3, 2}, 2), random_tensor({2, 3, 2}, 3)}));
  }
}

TEST(MemoryHop, RefusesWhatDoesNotFit) {
  expect_error(
      [] {
        memory_hop(torch::zeros({2, 4}), torch::zeros({2, 5, 3}), torch::zeros({2, 5, 3}), mask_of({1}, {1, 1}));
      },
      "memory_hop: question is [2, 4], expected [batch=2, width=3]; sizes fixed by found_by [2, 5, 3]");
}

}  // namespace
}  // namespace mneme
