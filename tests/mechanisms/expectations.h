// Small numbers by hand, and comparisons that say what differs.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <functional>
#include <string>
#include <vector>

namespace mneme {

/// Float64, row by row.
at::Tensor numbers(const std::vector<double>& values, at::IntArrayRef sizes);

/// Same shape, and no element further apart than `tolerance`; prints both when not.
void expect_near(const at::Tensor& actual, const at::Tensor& expected, double tolerance);

/// `call` throws mneme::Error with exactly this text.
void expect_error(const std::function<void()>& call, const std::string& text);

}  // namespace mneme
