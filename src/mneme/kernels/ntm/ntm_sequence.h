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
  bool final_state = true;  ///< also give the state after the last step
  bool record = false;      ///< also give the record; its dozen views cost a short sequence a twentieth
};

/// All floating tensors float32 or all float64, on the CPU. `gates` is 4·hidden for the LSTM (order: input,
/// forget, cell, output) and hidden for the feed-forward controller; `recurrent` is hidden + reads for
/// the LSTM (columns: hidden state first) and reads for the feed-forward one; reads = read_heads·width.
/// `interface` is heads·(width + 3 + shifts) + write_heads·2·width, in this order:
/// keys [heads, width], strengths [heads], gates [heads], shifts [heads, shifts], sharpenings [heads],
/// erases [write_heads, width], adds [write_heads, width].
///
/// `start` is `batch`, or 1 when all sequences start from one state; its gradient is then summed. A single state may
/// also come without `start`, and its reads as [read_heads, width]: a parameter as it is, since a view of each costs a
/// short sequence a tenth.
struct NtmSequenceInputs {
  at::Tensor inputs;            ///< [batch, time, features]
  at::Tensor lengths;           ///< int64 [batch], 1..time; undefined when all sequences are full
  at::Tensor input_weight;      ///< [gates, features]
  at::Tensor input_bias;        ///< [gates]
  at::Tensor recurrent_weight;  ///< [gates, recurrent]
  at::Tensor interface_weight;  ///< [interface, hidden]
  at::Tensor interface_bias;    ///< [interface]
  at::Tensor output_weight;     ///< [outputs, hidden + reads]
  at::Tensor output_bias;       ///< [outputs]
  at::Tensor hidden;            ///< [start, hidden]       state before the first step; undefined for feed-forward
  at::Tensor cell;              ///< [start, hidden]       likewise
  at::Tensor reads;             ///< [start, reads]        read vectors r
  at::Tensor weights;           ///< [start, heads, slots] weightings w; undefined with weight_logits
  at::Tensor memory;            ///< [start, slots, width] M
  at::Tensor weight_logits;     ///< [heads, slots] instead of weights: all sequences start from softmax of these
};

struct NtmSequenceOutputs {
  at::Tensor logits;  ///< [batch, time, outputs]; the output bias past the length
  at::Tensor final_hidden, final_cell, final_reads, final_weights, final_memory;  ///< [batch, …], when asked for
  // The record, only when asked for; not differentiable, zero past the length:
  at::Tensor hidden;           ///< [batch, time, hidden]
  at::Tensor reads;            ///< [batch, time, reads]
  at::Tensor interface;        ///< [batch, time, interface] after the activations, in the order above
  at::Tensor content_weights;  ///< [batch, time, heads, slots] w_c
  at::Tensor weights;          ///< [batch, time, heads, slots] w
};

/// Every reason why the fused operation cannot run on these inputs, one a line; empty when it can.
std::string ntm_sequence_obstacles(const NtmSequenceInputs& inputs, const NtmSequenceOptions& options);

/// Throws Error (shapes, or the obstacles above). Differentiable once in every floating input; a second
/// derivative is refused. Results do not depend on the number of threads.
NtmSequenceOutputs ntm_sequence(const NtmSequenceInputs& inputs, const NtmSequenceOptions& options);

}  // namespace mneme
