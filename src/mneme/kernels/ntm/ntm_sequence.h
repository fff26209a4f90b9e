// The Neural Turing Machine over whole sequences as one differentiable operation: forward and a
// hand-derived backward, with no dispatch inside the time loop (Graves, Wayne, Danihelka 2014).
// models/ntm.h holds the same equations as a composite, which is the definition.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace mneme {

enum class NtmController { lstm, feed_forward };

/// Sizes that the tensors alone do not tell. heads = read_heads + write_heads, read heads first.
struct NtmSequenceOptions {
  NtmController controller = NtmController::lstm;
  int64_t read_heads = 1;
  int64_t write_heads = 1;
  int64_t shift_range = 1;  ///< shifts from -shift_range to +shift_range are allowed
};

/// All tensors float32 or all float64, on the CPU. `gates` is 4·hidden for the LSTM (order: input,
/// forget, cell, output) and hidden for the feed-forward controller; `recurrent` is hidden + reads for
/// the LSTM (columns: hidden state first) and reads for the feed-forward one; reads = read_heads·width.
/// `interface` is heads·(width + 3 + shifts) + write_heads·2·width, in this order:
/// keys [heads, width], strengths [heads], gates [heads], shifts [heads, shifts], sharpenings [heads],
/// erases [write_heads, width], adds [write_heads, width].
struct NtmSequenceInputs {
  at::Tensor input_gates;       ///< [batch, time, gates]: W_x x + b
  at::Tensor lengths;           ///< int64 [batch], 1..time; undefined when all sequences are full
  at::Tensor recurrent_weight;  ///< [gates, recurrent]
  at::Tensor interface_weight;  ///< [interface, hidden]
  at::Tensor interface_bias;    ///< [interface]
  at::Tensor hidden;            ///< [batch, hidden]      state before the first step; undefined for feed-forward
  at::Tensor cell;              ///< [batch, hidden]      likewise
  at::Tensor reads;             ///< [batch, reads]       read vectors r
  at::Tensor weights;           ///< [batch, heads, slots] weightings w
  at::Tensor memory;            ///< [batch, slots, width] M
};

struct NtmSequenceOutputs {
  at::Tensor features;         ///< [batch, time, hidden + reads]: controller output beside read vectors; zero past the length
  at::Tensor hidden, cell, reads, weights, memory;  ///< state after each sequence's last step
  // The record, not differentiable; zero past the length:
  at::Tensor interface;        ///< [batch, time, interface] after the activations, in the order above
  at::Tensor content_weights;  ///< [batch, time, heads, slots] w_c
  at::Tensor all_weights;      ///< [batch, time, heads, slots] w
};

/// Every reason why the fused operation cannot run on these inputs, one a line; empty when it can.
std::string ntm_sequence_obstacles(const NtmSequenceInputs& inputs, const NtmSequenceOptions& options);

/// Throws Error (shapes, or the obstacles above). Differentiable once in every floating input; a second
/// derivative is refused. Results do not depend on the number of threads.
NtmSequenceOutputs ntm_sequence(const NtmSequenceInputs& inputs, const NtmSequenceOptions& options);

}  // namespace mneme
