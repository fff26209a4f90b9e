// One call of the fused NTM as plain sizes and pointers: what ntm_sequence.cpp prepares and the kernel
// files work on. No header of torch (see cmake/InstructionSets.cmake).
#pragma once

#include <cstdint>

#include "mneme/kernels/padded.h"

namespace mneme {

/// The forward pass keeps the memory every this many steps; the backward pass replays the writes between.
constexpr int64_t kNtmCheckpointDistance = 4;

/// Sequences that step together at most: more of them, with what is replayed of each, would leave the weights no room
/// in the second cache.
constexpr int64_t kNtmGroup = 4;

struct NtmSizes {
  int64_t batch, time, inputs, outputs, hidden, slots, width, read_heads, write_heads, shift_range;
  bool lstm;
  bool shared_state;  // one state before the first step for all sequences

  int64_t heads() const { return read_heads + write_heads; }
  int64_t shifts() const { return 2 * shift_range + 1; }
  int64_t reads() const { return read_heads * width; }
  int64_t gates() const { return lstm ? 4 * hidden : hidden; }
  int64_t recurrent() const { return lstm ? hidden + reads() : reads(); }
  int64_t features() const { return hidden + reads(); }
  // The parts of the interface vector, each at its offset.
  int64_t keys() const { return 0; }
  int64_t strengths() const { return heads() * width; }
  int64_t interpolations() const { return strengths() + heads(); }  // the gates g of the heads
  int64_t shift_kernels() const { return interpolations() + heads(); }
  int64_t sharpenings() const { return shift_kernels() + heads() * shifts(); }
  int64_t erases() const { return sharpenings() + heads(); }
  int64_t adds() const { return erases() + write_heads * width; }
  int64_t interface() const { return adds() + write_heads * width; }
  // Row lengths of the buffers. Gates and interface have a vector to spare, because the vectors of the last
  // gate and of the last part reach past the end.
  int64_t gates_row() const { return padded(gates()) + kPad; }
  int64_t features_row() const { return padded(features()) + kPad; }
  int64_t inputs_row() const { return padded(inputs); }
  int64_t outputs_row() const { return padded(outputs); }
  int64_t hidden_row() const { return padded(hidden); }
  // Never a function of its own: the linker could keep one that other processors cannot run.
  [[gnu::always_inline]] int64_t interface_row() const { return padded(interface()) + kPad; }
  int64_t slots_row() const { return padded(slots); }
  int64_t weights_row() const { return heads() * slots_row(); }
  int64_t memory_row() const { return width * slots_row(); }
  int64_t checkpoints() const { return (time + kNtmCheckpointDistance - 1) / kNtmCheckpointDistance; }
  int64_t state_of(int64_t sequence) const { return shared_state ? 0 : sequence; }
};

/// What the forward pass reads and keeps. [time + 1] buffers hold the state before step t in row t.
template <class T>
struct NtmForwardPlan {
  NtmSizes sizes;
  const int64_t* order;    // [batch] sequences, longest first
  const int64_t* lengths;  // [batch]
  const T* inputs;         // [batch, time, inputs_row]
  const T *input_weight, *input_bias;          // packed [inputs, gates], [gates]
  const T* recurrent;                          // packed [recurrent, gates]
  const T *interface_weight, *interface_bias;  // packed [hidden, interface], [interface]
  const T *output_weight, *output_bias;        // packed [features, outputs], [outputs]
  const T *hidden, *cell, *reads, *weights, *memory;  // the state before the first step, unpadded
  T* logits;         // [batch, time, outputs_row]
  T* final_memory;   // [batch, slots, width]; null when not wanted
  T* states;         // [batch, time + 1, features_row]  h and r
  T* cells;          // [batch, time + 1, hidden_row]    c
  T* gates;          // [batch, time, gates_row]         after the activations
  T* interface;      // [batch, time, interface_row]     after the activations
  T* cosines;        // [batch, time, heads, slots_row]
  T* content;        // [batch, time, heads, slots_row]  w_c
  T* all_weights;    // [batch, time + 1, heads, slots_row] w
  T* inverse_norms;  // [batch, time + 1, slots_row]     1 / |M_i|
  T* checkpoints;    // [batch, checkpoints, memory_row] or null

  /// The memory before step t of sequence b where that is kept, null elsewhere.
  [[gnu::always_inline]] T* checkpoint(int64_t b, int64_t t) const {
    if (!checkpoints || t % kNtmCheckpointDistance != 0) return nullptr;
    return checkpoints + (b * sizes.checkpoints() + t / kNtmCheckpointDistance) * sizes.memory_row();
  }
};

/// What the backward pass reads beside that, and what it makes. A null gradient of a final state is zero.
template <class T>
struct NtmBackwardPlan {
  NtmForwardPlan<T> forward;
  const T* recurrent;         // packed [gates, recurrent]
  const T* interface_weight;  // packed [interface, hidden]
  const T* output_weight;     // packed [outputs, features]
  const T* d_logits;          // [batch, time, outputs]
  const T *d_final_hidden, *d_final_cell, *d_final_reads, *d_final_weights, *d_final_memory;
  T* d_gates;      // [batch, time, gates_row]
  T* d_interface;  // [batch, time, interface_row]
  // [batch, …]: of the state before the first step; d_memory null when not wanted
  T *d_hidden, *d_cell, *d_reads, *d_weights, *d_memory;
  T *d_input_weight, *d_input_bias, *d_recurrent;         // [gates, inputs], [gates], [gates, recurrent]
  T *d_interface_weight, *d_interface_bias;               // [interface, hidden], [interface]
  T *d_output_weight, *d_output_bias;                     // [outputs, features], [outputs]
};

// One copy of the kernels for each instruction set.
#define MNEME_DECLARE_NTM_KERNELS(instruction_set)                                                              \
  namespace instruction_set {                                                                                   \
  template <class T>                                                                                            \
  int64_t ntm_forward_scratch(const NtmSizes& sizes);                                                           \
  template <class T>                                                                                            \
  int64_t ntm_backward_scratch(const NtmSizes& sizes);                                                          \
  /* Sequences order[first..first+count) from the first step to the last. */                                    \
  template <class T>                                                                                            \
  void ntm_forward(const NtmForwardPlan<T>& plan, int64_t first, int64_t count, T* scratch);                    \
  template <class T>                                                                                            \
  void ntm_backward(const NtmBackwardPlan<T>& plan, int64_t first, int64_t count, T* scratch);                  \
  /* Rows first..first+count of the weight gradients: a row a gate, then an interface element, an output. */     \
  template <class T>                                                                                            \
  void ntm_weight_gradients(const NtmBackwardPlan<T>& plan, int64_t first, int64_t count);                      \
  }
MNEME_DECLARE_NTM_KERNELS(DEFAULT)
#if defined(__x86_64__)
MNEME_DECLARE_NTM_KERNELS(AVX2)
MNEME_DECLARE_NTM_KERNELS(AVX512)
#endif
#undef MNEME_DECLARE_NTM_KERNELS

}  // namespace mneme
