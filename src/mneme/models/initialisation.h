// Initial values of parameters, drawn from mneme's own streams so that a seed means the same everywhere.
#pragma once

#include <ATen/core/Tensor.h>

#include "mneme/core/random.h"

namespace mneme {

constexpr double kForgetBias = 1;             ///< an LSTM starts by remembering
constexpr double kStartBound = 0.1;           ///< of a learned initial state
constexpr double kInterfaceBiasBound = 0.01;  ///< of a controller's interface with its memory

/// Uniform in ±bound, in place.
void fill_uniform(const at::Tensor& tensor, double bound, Random& random);

/// Uniform in ±gain·sqrt(6 / (fan_in + fan_out)) for a weight [fan_out, fan_in] (Glorot and Bengio 2010,
/// equation 16), in place.
void fill_glorot(const at::Tensor& weight, double gain, Random& random);

/// Normal with mean 0 and this deviation, in place.
void fill_normal(const at::Tensor& tensor, double deviation, Random& random);

}  // namespace mneme
