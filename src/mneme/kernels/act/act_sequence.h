// A recurrent network that thinks as long as it wants at each step (ACT), over whole sequences as one differentiable
// operation: forward and a hand-derived backward, in which only those step who still think (Graves 2016).
// models/act_rnn.h holds the same equations as a composite, which is the definition.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace mneme {

enum class ActCellKind { tanh, lstm };

struct ActSequenceOptions {
  ActCellKind cell = ActCellKind::tanh;
  int64_t max_steps = 100;  ///< M
  double epsilon = 0.01;    ///< ε
};

/// All floating tensors float32 or all float64, on the CPU. `gates` is 4·hidden for the LSTM (order: input, forget,
/// cell, output) and hidden for the tanh unit.
struct ActSequenceInputs {
  at::Tensor input_gates;       ///< [batch, time, gates] what the inputs say to the gates, with the bias
  at::Tensor lengths;           ///< int64 [batch], 1..time; undefined when all sequences are full
  at::Tensor flag;              ///< [gates] what the flag of the first inner step says to them
  at::Tensor recurrent_weight;  ///< [gates, hidden]
  at::Tensor halting_weight;    ///< [hidden]
  at::Tensor halting_bias;      ///< [1]
  at::Tensor hidden;            ///< [batch, hidden] before the first step
  at::Tensor cell;              ///< [batch, hidden] likewise; undefined for the tanh unit
};

struct ActSequenceOutputs {
  at::Tensor hidden;  ///< [batch, time, hidden] the mean hidden state of each step; zero past the length
  at::Tensor ponder;  ///< [batch, time] ρ = N + R; zero past the length. Its gradient goes through R
  at::Tensor final_hidden, final_cell;  ///< [batch, hidden] mean state of the last step
  at::Tensor steps;                     ///< int64 [batch, time] N; zero past the length
};

/// Every reason why the fused operation cannot run on these inputs, one a line; empty when it can.
std::string act_sequence_obstacles(const ActSequenceInputs& inputs, const ActSequenceOptions& options);

/// Throws Error (shapes, or the obstacles above). Differentiable once in every floating input; a second derivative is
/// refused. Results do not depend on the number of threads, nor a sequence's on the others of the batch.
ActSequenceOutputs act_sequence(const ActSequenceInputs& inputs, const ActSequenceOptions& options);

}  // namespace mneme
