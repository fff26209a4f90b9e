// A tiny DNC in float64 with known parameters, as tests/goldens/dnc_golden.py computes it apart.
#pragma once

#include <torch/torch.h>

#include <cmath>
#include <memory>
#include <string>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "mneme/models/dnc.h"

namespace mneme {

// Fills every parameter with sin(0.7 k + 1), counting k through, as tests/goldens/dnc_golden.py does.
inline void fill_with_waves(DncImpl& model) {
  torch::NoGradGuard no_grad;
  auto parameters = model.named_parameters();
  int64_t drawn = 0;
  for (const char* name :
       {"controller.input_weight", "controller.bias", "controller.recurrent_weight", "controller.gain",
        "controller.cell_gain", "controller.cell_offset", "interface.weight", "interface.bias", "output.weight",
        "output.bias", "backward.input_weight", "backward.bias", "backward.recurrent_weight", "backward.gain",
        "backward.cell_gain", "backward.cell_offset"}) {
    auto* parameter = parameters.find(name);
    if (parameter == nullptr) continue;  // an option brings it
    for (int64_t i = 0; i < parameter->numel(); ++i)
      parameter->data_ptr<double>()[i] = std::sin(0.7 * static_cast<double>(drawn++) + 1);
  }
}

inline DncOptions tiny_dnc(const std::string& controller) {
  DncOptions options;
  options.controller = controller;
  options.hidden = 3;
  options.slots = 4;
  options.width = 2;
  options.read_heads = 2;
  options.path = "composite";
  return options;
}

inline std::shared_ptr<DncImpl> double_dnc(const DncOptions& options, int64_t features, int64_t outputs,
                                           uint64_t seed = 1) {
  Random random(seed);
  auto model = std::make_shared<DncImpl>(options, features, outputs, random);
  model->to(torch::kFloat64);
  return model;
}

inline at::Tensor lengths_3_2() { return torch::tensor({3, 2}, torch::kLong); }

// Two sequences of 3 and 2 steps; what stands after the second one's end must not matter.
inline at::Tensor golden_inputs() {
  return numbers({0.5, -1, 1, 0.25, -0.75, 2, 1.5, 0, -0.5, -0.5, 9, 9}, {2, 3, 2});
}

// Printed by tests/goldens/dnc_golden.py with 12 decimals, after at most three steps of some hundred
// operations: 1e-12 covers both roundings.
inline constexpr double kGoldenTolerance = 1e-12;

/// The model's parameters and its inputs, for gradient_matches.
inline Tensors leaves_of(DncImpl& model, const at::Tensor& inputs) {
  auto leaves = model.parameters();
  leaves.push_back(inputs);
  return leaves;
}

}  // namespace mneme
