// A layer of LSTM over whole sequences as one differentiable operation, with or without a Gaussian window over a
// text (Graves 2013): forward and a hand-derived backward, with no dispatch inside the time loop. Everything that
// does not depend on the step before is one large matrix product outside of it.
// models/handwriting.h holds the same equations as a composite, which is the definition.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace mneme {

/// Time comes first here: the rows of all sequences at one step lie side by side, as its products want them. All
/// floating tensors float32 or all float64, on the CPU. gates = 4 · hidden, in the order input, forget, cell,
/// output. A layer with a window also sees what the window showed a step before; its columns of `recurrent_weight`
/// come after those of the hidden state. Without one, everything from `window_weight` on is undefined.
struct LstmWindowInputs {
  at::Tensor inputs;            ///< [time, batch, features]
  at::Tensor lengths;           ///< int64 [batch], 1..time; undefined when all sequences are full
  at::Tensor input_weight;      ///< [gates, features]
  at::Tensor bias;              ///< [gates]
  at::Tensor recurrent_weight;  ///< [gates, hidden + tokens]
  at::Tensor window_weight;     ///< [3 · gaussians, hidden], rows: â, b̂, κ̂
  at::Tensor window_bias;       ///< [3 · gaussians]
  at::Tensor context;           ///< int64 [batch, characters], numbers below tokens
  at::Tensor context_lengths;   ///< int64 [batch], 1..characters; undefined when all are full
  int64_t tokens = 0;           ///< different characters; 0: no window
  double clip = 0;              ///< derivatives of the gates are clipped to this size, element by element; 0: not
};

/// Zero past a sequence's length. All start from zero.
struct LstmWindowOutputs {
  at::Tensor hidden;   ///< [time, batch, hidden]
  at::Tensor window;   ///< [time, batch, tokens] w; undefined without a window
  at::Tensor shaping;  ///< [time, batch, 4 · gaussians] a, b, exp(κ̂), κ; not differentiable; undefined likewise
};

/// Every reason why the fused operation cannot run on these inputs, one a line; empty when it can.
std::string lstm_window_obstacles(const LstmWindowInputs& inputs);

/// Throws Error (shapes, or the obstacles above). Differentiable once in every floating input; a second
/// derivative is refused. Outputs and the gradient of the inputs do not depend on the number of threads; those of
/// the weights are the engine's own products over all steps, whose rounding may.
LstmWindowOutputs lstm_window(const LstmWindowInputs& inputs);

}  // namespace mneme
