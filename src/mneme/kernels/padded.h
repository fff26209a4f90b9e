// Rows of internal buffers are padded, so that whole vectors fit.
#pragma once

#include <cstdint>

namespace mneme {

constexpr int64_t kPad = 16;  // elements, a multiple of every vector length
constexpr int64_t padded(int64_t size) { return (size + kPad - 1) / kPad * kPad; }

}  // namespace mneme
