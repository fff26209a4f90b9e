// The dtypes that archives of tensors may hold.
#pragma once

#include <ATen/core/Tensor.h>

namespace mneme {

constexpr at::ScalarType kDtypes[] = {
    at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong,
    at::kInt,    at::kShort, at::kChar, at::kByte,     at::kBool,
};

}  // namespace mneme
