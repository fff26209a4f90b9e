#include "mneme/mechanisms/gaussian_window.h"

#include <ATen/ATen.h>

#include "mneme/core/shape.h"

namespace mneme {

WindowParameters advance_window(const at::Tensor& raw, const at::Tensor& previous_positions) {
  ShapeCheck check("advance_window");
  check.expect("previous_positions", previous_positions, "batch gaussians");
  check.bind("parameters", 3 * check.size("gaussians"), "three times the gaussians")
      .expect("raw", raw, "batch parameters");
  const auto parts = raw.exp().chunk(3, 1);
  return {parts[0], parts[1], parts[2], previous_positions + parts[2]};
}

at::Tensor window_strengths(const WindowParameters& parameters, const at::Tensor& mask) {
  ShapeCheck check("window_strengths");
  check.expect("importances", parameters.importances, "batch gaussians")
      .expect("widths", parameters.widths, "batch gaussians")
      .expect("positions", parameters.positions, "batch gaussians")
      .expect("mask", mask, "batch characters");
  const auto places = at::arange(1, mask.size(1) + 1, parameters.positions.options());  // u: [characters]
  const auto distances = parameters.positions.unsqueeze(2) - places;                    // [batch, gaussians, characters]
  const auto bumps =
      parameters.importances.unsqueeze(2) * (-parameters.widths.unsqueeze(2) * distances.square()).exp();
  return bumps.sum(1) * mask;  // φ
}

at::Tensor read_window(const at::Tensor& strengths, const at::Tensor& characters) {
  ShapeCheck("read_window")
      .expect("strengths", strengths, "batch characters")
      .expect("characters", characters, "batch characters tokens");
  return at::matmul(strengths.unsqueeze(1), characters).squeeze(1);  // w_t
}

}  // namespace mneme
