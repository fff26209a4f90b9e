// Small numbers by hand, and comparisons that say what differs.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <functional>
#include <string>
#include <vector>

#include "mneme/core/error.h"

namespace mneme {

/// Float64, row by row.
inline at::Tensor numbers(const std::vector<double>& values, at::IntArrayRef sizes) {
  return torch::tensor(values, torch::kFloat64).view(sizes);
}

/// Same shape, and no element further apart than `tolerance`; prints both when not.
inline void expect_near(const at::Tensor& actual, const at::Tensor& expected, double tolerance) {
  ASSERT_EQ(actual.sizes(), expected.sizes());
  if (actual.numel() == 0) return;
  const auto differences = (actual.to(torch::kFloat64) - expected.to(torch::kFloat64)).abs();
  const auto difference = differences.max().item<double>();
  EXPECT_TRUE(difference <= tolerance) << "largest difference " << difference << "\nactual:\n"
                                       << actual << "\nexpected:\n"
                                       << expected;
}

/// `call` throws mneme::Error with exactly this text.
inline void expect_error(const std::function<void()>& call, const std::string& text) {
  try {
    call();
    ADD_FAILURE() << "no error; expected: " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), text);
  }
}

}  // namespace mneme
