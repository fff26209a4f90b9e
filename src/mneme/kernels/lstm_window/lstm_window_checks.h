// The checks of the arguments of the fused LSTM with a window.
#pragma once

#include "mneme/kernels/lstm_window/lstm_window.h"
#include "mneme/kernels/lstm_window/lstm_window_plan.h"

namespace mneme {

/// Throws Error when the operation cannot run on these inputs, or shapes, dtypes or characters do not fit together.
LstmWindowSizes checked_lstm_window_sizes(const LstmWindowInputs& inputs);

}  // namespace mneme
