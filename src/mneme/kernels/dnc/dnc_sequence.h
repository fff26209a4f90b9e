// The Differentiable Neural Computer over whole sequences as one differentiable operation: forward and a
// hand-derived backward, with no dispatch inside the time loop (Graves et al. 2016, Nature 538).
// models/dnc.h holds the same equations as a composite, which is the definition.
//
// The input projection and the output layer are left to the engine: they are products over all steps at once.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace mneme {

enum class DncDriver { lstm, feed_forward };

/// What the tensors alone do not tell.
struct DncSequenceOptions {
  DncDriver controller = DncDriver::lstm;
  int64_t read_heads = 1;
  bool masked_keys = false, clear_freed = false, sharpened_links = false, content_only = false,
       layer_norm = false;     ///< see models/dnc.h
  bool record = false;       ///< also give the record
  bool final_state = false;  ///< also give the state after the last step
};

/// All floating tensors float32 or all float64, on the CPU. `gates` is 4·hidden for the LSTM (order: input,
/// forget, cell, output) and hidden for the feed-forward controller; `recurrent` is hidden + reads for
/// the LSTM (columns: hidden state first) and reads for the feed-forward one; reads = read_heads·width.
/// `interface` is read_heads·width + 3·width + 5·read_heads + 3, in this order:
/// read_keys [read_heads, width], read_strengths [read_heads], write_key [width], write_strength,
/// erase [width], write_vector [width], free_gates [read_heads], allocation_gate, write_gate,
/// read_modes [read_heads, 3] (backward, content, forward; not with content_only); with masked_keys also
/// read_masks [read_heads, width], write_mask [width]; with sharpened_links also forward_sharpness [read_heads],
/// backward_sharpness [read_heads].
///
/// The state before the first step is given whole, or not at all: undefined tensors stand for zeros. With
/// content_only it has no precedence and no link.
struct DncSequenceInputs {
  at::Tensor gate_inputs;       ///< [batch, time, gates] input_weight · x + bias (with layer_norm without it)
  at::Tensor lengths;           ///< int64 [batch], 1..time; undefined when all sequences are full
  at::Tensor recurrent_weight;  ///< [gates, recurrent]
  at::Tensor interface_weight;  ///< [interface, hidden]
  at::Tensor interface_bias;    ///< [interface]
  at::Tensor gain, bias;              ///< [gates]; only with layer_norm, as what follows
  at::Tensor cell_gain, cell_offset;  ///< [hidden]; undefined for feed-forward
  at::Tensor hidden;            ///< [batch, hidden]  h; undefined for feed-forward
  at::Tensor cell;              ///< [batch, hidden]  c; likewise
  at::Tensor reads;             ///< [batch, reads]   r
  at::Tensor read_weights;      ///< [batch, read_heads, slots]  w^r
  at::Tensor write_weights;     ///< [batch, slots]   w^w
  at::Tensor usage;             ///< [batch, slots]   u
  at::Tensor precedence;        ///< [batch, slots]   p
  at::Tensor link;              ///< [batch, slots, slots]  L
  at::Tensor memory;            ///< [batch, slots, width]  M
  int64_t slots = 0, width = 0;
};

struct DncSequenceOutputs {
  at::Tensor hidden;  ///< [batch, time, hidden]; zero past the length
  at::Tensor reads;   ///< [batch, time, reads]; zero past the length
  // The state after each sequence's last step, only when asked for; not differentiable.
  at::Tensor final_hidden, final_cell, final_reads, final_read_weights, final_write_weights, final_usage,
      final_precedence, final_link, final_memory;
  // The record, only when asked for; not differentiable, zero past the length:
  at::Tensor interface;      ///< [batch, time, interface] after the activations, in the order above
  at::Tensor usage;          ///< [batch, time, slots]
  at::Tensor allocation;     ///< [batch, time, slots]
  at::Tensor write_weights;  ///< [batch, time, slots]
  at::Tensor read_weights;   ///< [batch, time, read_heads, slots]
};

/// Every reason why the fused operation cannot run on these inputs, one a line; empty when it can.
std::string dnc_sequence_obstacles(const DncSequenceInputs& inputs, const DncSequenceOptions& options);

/// Throws Error (shapes, or the obstacles above). Differentiable once in gate_inputs, the weights, biases and gains;
/// the state before the first step is a constant, and a second derivative is refused. Results do not depend on
/// the number of threads.
DncSequenceOutputs dnc_sequence(const DncSequenceInputs& inputs, const DncSequenceOptions& options);

}  // namespace mneme
