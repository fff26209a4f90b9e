// What the processor could do: the yardstick that speeds are divided by.
#pragma once

#include <cstdint>

namespace mneme {

/// The largest rate of float32 multiply-adds, in GFLOP/s (a multiply-add is two), that `threads` cores reach
/// together on registers alone, with the instruction set that the kernels use (kernels/instruction_set.h).
/// Measured: the best of several loops of about 50 ms of independent fused multiply-adds.
double measured_peak_gflops(int64_t threads);

}  // namespace mneme
