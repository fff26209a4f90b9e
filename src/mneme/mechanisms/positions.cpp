#include "mneme/mechanisms/positions.h"

#include <ATen/ATen.h>

#include <cmath>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {
namespace {

/// float64 [count, width / 2]: t · base^(-2i/d).
at::Tensor angles(int64_t first, int64_t count, int64_t width, double base) {
  const auto wide = at::TensorOptions(at::kDouble);
  const auto rates =
      at::exp(at::arange(width / 2, wide) * (-2 * std::log(base) / static_cast<double>(width)));
  return at::outer(at::arange(first, first + count, wide), rates);
}

void check_width(const char* operation, int64_t width) {
  if (width % 2 != 0 || width < 2)
    throw Error(std::string(operation) + ": width is " + std::to_string(width) + ", expected an even number");
}

}  // namespace

at::Tensor sinusoidal_positions(int64_t first, int64_t count, int64_t width) {
  check_width("sinusoidal_positions", width);
  const auto angle = angles(first, count, width, 10000);
  return at::cat({at::sin(angle), at::cos(angle)}, 1).to(at::kFloat);
}

at::Tensor rotary_positions(const at::Tensor& states, int64_t first, double base) {
  ShapeCheck("rotary_positions").expect("states", states, "batch heads time width");
  const auto width = states.size(3);
  check_width("rotary_positions", width);
  const auto angle = angles(first, states.size(2), width, base);  // [time, width / 2]
  const auto sine = at::sin(angle).to(states.options()), cosine = at::cos(angle).to(states.options());
  const auto left = states.narrow(3, 0, width / 2), right = states.narrow(3, width / 2, width / 2);
  return at::cat({left * cosine - right * sine, right * cosine + left * sine}, 3);
}

}  // namespace mneme
