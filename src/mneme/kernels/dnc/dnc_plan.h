// One call of the fused DNC as plain sizes and pointers: what dnc_sequence.cpp prepares and the kernel files
// work on. No header of torch (see cmake/InstructionSets.cmake).
#pragma once

#include <cstdint>

#include "mneme/kernels/padded.h"

namespace mneme {

/// The forward pass keeps the memory and the link matrix every this many steps; the backward pass replays the
/// steps between. The link's update cannot be inverted: it is singular where two weights add up to 1.
constexpr int64_t kDncCheckpointDistance = 8;

/// Room for the deviations of four gates and a cell.
constexpr int64_t kNorms = 8;

/// Sequences that step together at most (a tile of the matrix products has eight rows).
constexpr int64_t kDncGroup = 8;

/// The rows of the link matrix are worked on in this many parts, whose sums over the rows are added in order:
/// the result is the same whether one thread does all parts or several share them.
constexpr int64_t kDncLinkParts = 2;

#define MNEME_INLINE [[gnu::always_inline]]  // never a function of its own, for the linker to share

struct DncSizes {
  int64_t batch, time, hidden, slots, width, read_heads;
  bool lstm;
  bool masked_keys, clear_freed, sharpened_links, content_only, layer_norm;

  MNEME_INLINE int64_t reads() const { return read_heads * width; }
  MNEME_INLINE int64_t gates() const { return lstm ? 4 * hidden : hidden; }
  MNEME_INLINE int64_t recurrent() const { return lstm ? hidden + reads() : reads(); }
  MNEME_INLINE int64_t features() const { return hidden + reads(); }
  // The parts of the interface vector, each at its offset.
  MNEME_INLINE int64_t read_keys() const { return 0; }
  MNEME_INLINE int64_t read_strengths() const { return reads(); }
  MNEME_INLINE int64_t write_key() const { return read_strengths() + read_heads; }
  MNEME_INLINE int64_t write_strength() const { return write_key() + width; }
  MNEME_INLINE int64_t erase() const { return write_strength() + 1; }
  MNEME_INLINE int64_t write_vector() const { return erase() + width; }
  MNEME_INLINE int64_t free_gates() const { return write_vector() + width; }
  MNEME_INLINE int64_t allocation_gate() const { return free_gates() + read_heads; }
  MNEME_INLINE int64_t write_gate() const { return allocation_gate() + 1; }
  MNEME_INLINE int64_t read_modes() const { return write_gate() + 1; }
  MNEME_INLINE int64_t read_masks() const { return read_modes() + (content_only ? 0 : 3 * read_heads); }
  MNEME_INLINE int64_t write_mask() const { return read_masks() + (masked_keys ? reads() : 0); }
  MNEME_INLINE int64_t forward_sharpness() const { return write_mask() + (masked_keys ? width : 0); }
  MNEME_INLINE int64_t backward_sharpness() const { return forward_sharpness() + (sharpened_links ? read_heads : 0); }
  MNEME_INLINE int64_t interface() const { return backward_sharpness() + (sharpened_links ? read_heads : 0); }
  // Row lengths of the buffers; those with a vector to spare are read in vectors that reach past the end.
  MNEME_INLINE int64_t gates_row() const { return padded(gates()) + kPad; }
  MNEME_INLINE int64_t features_row() const { return padded(features()) + kPad; }
  MNEME_INLINE int64_t hidden_row() const { return padded(hidden); }
  MNEME_INLINE int64_t interface_row() const { return padded(interface()) + kPad; }
  MNEME_INLINE int64_t slots_row() const { return padded(slots); }
  MNEME_INLINE int64_t heads_row() const { return read_heads * slots_row(); }
  MNEME_INLINE int64_t memory_size() const { return width * slots_row(); }
  MNEME_INLINE int64_t link_size() const { return content_only ? 0 : slots * slots_row(); }
  MNEME_INLINE int64_t checkpoints() const { return (time + kDncCheckpointDistance - 1) / kDncCheckpointDistance; }
};

/// What the forward pass reads and keeps. [time + 1] buffers hold the state before step t in row t.
template <class T>
struct DncForwardPlan {
  DncSizes sizes;
  const int64_t* order;    // [batch] sequences, longest first
  const int64_t* lengths;  // [batch]
  const T* gate_inputs;                        // [batch, time, gates]
  const T* recurrent;                          // packed [recurrent, gates]
  const T *interface_weight, *interface_bias;  // packed [hidden, interface], [interface]
  const T *gain, *bias, *cell_gain, *cell_offset;  // [gates], [gates], [hidden], [hidden]; null without layer_norm
  // The state before the first step, unpadded; all null for zeros.
  const T *hidden, *cell, *reads, *start_read_weights, *start_write_weights, *start_usage, *start_precedence,
      *start_link, *start_memory;
  T *final_link, *final_memory;  // [batch, slots, slots], [batch, slots, width]; null when not wanted
  T* states;                     // [batch, time + 1, features_row]  h and r
  T* cells;                      // [batch, time + 1, hidden_row]    c
  T* gates;                      // [batch, time, gates_row]         after the activations
  T* interface;                  // [batch, time, interface_row]     after the activations
  T* read_weights;               // [batch, time + 1, heads, slots_row]  w^r
  T* write_weights;              // [batch, time + 1, slots_row]     w^w
  T* usage;                      // [batch, time + 1, slots_row]     u
  T* precedence;                 // [batch, time + 1, slots_row]     p; not with content_only
  T* inverse_norms;              // [batch, time + 1, slots_row]     1 / |M_i|
  T* allocation;                 // [batch, time, slots_row]         a
  T* write_cosines;              // [batch, time, slots_row]
  T* write_content;              // [batch, time, slots_row]         c^w
  T* read_cosines;               // [batch, time, heads, slots_row]
  T* read_content;               // [batch, time, heads, slots_row]  c^r
  T* forward_weights;            // [batch, time, heads, slots_row]  f; not with content_only
  T* backward_weights;           // [batch, time, heads, slots_row]  b; likewise
  T *sharp_forward, *sharp_backward;  // [batch, time, heads, slots_row] sharpened f, b; only with sharpened_links
  // Only with masked_keys: 1 / |M_i ∘ m| under the mask of each key, [batch, time, slots_row] and [.., heads, ..].
  T *write_masked_norms, *read_masked_norms;
  // Only with layer_norm: what was normalised, before gain and bias, and the reciprocal deviations.
  T* normed_gates;               // [batch, time, gates_row]
  T* normed_cells;               // [batch, time, hidden_row]
  T* scales;                     // [batch, time, kNorms] of the gates one after another, and the cell
  T* retention;                  // [batch, time, slots_row]         ψ; only with clear_freed
  T* links;                      // [batch, checkpoints, link_size] or null
  T* memories;                   // [batch, checkpoints, memory_size] or null
  int32_t* free_list;            // [batch, time, slots] slots by ascending usage
};

/// What the backward pass reads beside that, and what it makes.
template <class T>
struct DncBackwardPlan {
  DncForwardPlan<T> forward;
  const T* recurrent;         // packed [gates, recurrent]
  const T* interface_weight;  // packed [interface, hidden]
  const T *d_hidden, *d_reads;  // [batch, time, hidden], [batch, time, reads]; null for zeros
  T* d_gates;                 // [batch, time, gates_row]  of the sums before the activations, or before the norm
  T* d_normed;                // [batch, time, gates_row]  behind the norm of the gates; only with layer_norm
  T* d_shown;                 // [batch, time, hidden_row] behind the norm of the cell; likewise
  T *d_gain, *d_bias, *d_cell_gain, *d_cell_offset;  // likewise
  T* d_interface;             // [batch, time, interface_row]
  T* d_recurrent;                           // [gates, recurrent]
  T *d_interface_weight, *d_interface_bias;  // [interface, hidden], [interface]
};

// One copy of the kernels for each instruction set. `rank` of `ranks` threads that share a group of sequences
// [first, first + count) of the order; they meet at `barrier`, which starts as zeros.
#define MNEME_DECLARE_DNC_KERNELS(instruction_set)                                                               \
  namespace instruction_set {                                                                                    \
  template <class T>                                                                                             \
  int64_t dnc_forward_scratch(const DncSizes& sizes, int64_t group);                                             \
  template <class T>                                                                                             \
  int64_t dnc_backward_scratch(const DncSizes& sizes, int64_t group);                                            \
  template <class T>                                                                                             \
  void dnc_forward(const DncForwardPlan<T>& plan, int64_t first, int64_t count, T* scratch, int64_t rank,        \
                   int64_t ranks, int32_t* barrier);                                                             \
  template <class T>                                                                                             \
  void dnc_backward(const DncBackwardPlan<T>& plan, int64_t first, int64_t count, T* scratch, int64_t rank,      \
                    int64_t ranks, int32_t* barrier);                                                            \
  /* Rows first..first+count of the weight gradients: a row a gate, then an interface element. */                \
  template <class T>                                                                                             \
  void dnc_weight_gradients(const DncBackwardPlan<T>& plan, int64_t first, int64_t count);                       \
  }
MNEME_DECLARE_DNC_KERNELS(DEFAULT)
#if defined(__x86_64__)
MNEME_DECLARE_DNC_KERNELS(AVX2)
MNEME_DECLARE_DNC_KERNELS(AVX512)
#endif
#undef MNEME_DECLARE_DNC_KERNELS

}  // namespace mneme
