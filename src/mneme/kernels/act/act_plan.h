// One call of the fused ACT network as plain sizes and pointers: what act_sequence.cpp prepares and the kernel files
// work on. No header of torch (see cmake/InstructionSets.cmake).
//
// Every inner step that anybody takes is a record; those of a chunk of sequences lie one after another in the order
// in which they were taken, since nobody knows beforehand how many there will be.
#pragma once

#include <cstdint>

#include "mneme/kernels/padded.h"

namespace mneme {

/// Sequences whose inner steps go together: who is at its first inner step and who at its fifth share a product of
/// matrices. A fixed number, so that results do not depend on the number of threads.
constexpr int64_t kActChunk = 16;

struct ActSizes {
  int64_t batch, time, hidden, max_steps;
  int64_t capacity;  // records that a chunk has room for
  bool lstm;         // or a tanh unit

  int64_t gates() const { return lstm ? 4 * hidden : hidden; }
  int64_t chunks() const { return (batch + kActChunk - 1) / kActChunk; }
  int64_t chunk_size(int64_t chunk) const {
    const int64_t left = batch - chunk * kActChunk;
    return left < kActChunk ? left : kActChunk;
  }
  // Row lengths of the buffers. The gates of the LSTM have a vector to spare (kernels/simd/lstm_cell.h).
  int64_t hidden_row() const { return padded(hidden); }
  int64_t gates_row() const { return lstm ? padded(gates()) + kPad : hidden_row(); }
};

/// What the forward pass reads and keeps.
template <class T>
struct ActForwardPlan {
  ActSizes sizes;
  T epsilon;
  const int64_t* order;     // [batch] sequences, longest first
  const int64_t* lengths;   // [batch]
  const T* input_gates;     // [batch, time, gates]
  const T* flag;            // [gates_row], zero past the gates
  const T* recurrent;       // packed [hidden, gates]
  const T* halting_weight;  // [hidden_row], zero past the units
  const T* halting_bias;    // [1]
  const T *hidden, *cell;   // [batch, hidden_row] before the first step
  T *mean_hidden, *mean_cell;  // [batch, time, hidden_row]
  T* remainders;               // [batch, time]  R
  int64_t* steps;              // [batch, time]  N
  int64_t* last_records;       // [batch, time]  of step N; in its chunk
  // Of a record:
  T* gates;                // [chunks, capacity, gates_row]  after the activations
  T* before;               // [chunks, capacity, hidden_row] the hidden state that the step began with
  T* after;                // [chunks, capacity, hidden_row] and ended with; of a tanh unit, its gates
  T* cells;                // [chunks, capacity, hidden_row] the cell that it ended with
  T *halting, *weights;    // [chunks, capacity]             h, p
  int64_t* previous;       // [chunks, capacity]             the record of the step before, or -1
  int64_t* records;        // [chunks]                       how many there are
};

/// What the backward pass reads beside that, and what it makes. A null gradient of a result is zero.
template <class T>
struct ActBackwardPlan {
  ActForwardPlan<T> forward;
  const T* recurrent;  // packed [gates, hidden]
  const T* d_mean;     // [batch, time, hidden]
  const T* d_ponder;   // [batch, time]
  const T *d_final_hidden, *d_final_cell;  // [batch, hidden]
  T* d_gates;          // [chunks, capacity, gates_row]
  T* d_input_gates;    // [batch, time, gates], zero where it is not written
  T *d_hidden, *d_cell;                         // [batch, hidden]
  T *d_flag, *d_halting_weight, *d_halting_bias;  // [chunks, gates_row], [chunks, hidden_row], [chunks]; zero before
  T* d_recurrent;                               // [gates, hidden]
};

#define MNEME_DECLARE_ACT_KERNELS(instruction_set)                                                              \
  namespace instruction_set {                                                                                   \
  /* All steps of a chunk. False when its records do not fit: then nothing of the chunk can be relied on. */     \
  template <class T>                                                                                            \
  bool act_forward(const ActForwardPlan<T>& plan, int64_t chunk);                                               \
  template <class T>                                                                                            \
  int64_t act_backward_scratch(const ActSizes& sizes);                                                          \
  template <class T>                                                                                            \
  void act_backward(const ActBackwardPlan<T>& plan, int64_t chunk, T* scratch);                                 \
  /* Rows first..first+count of the gradient of the recurrent weight. */                                        \
  template <class T>                                                                                            \
  void act_weight_gradient(const ActBackwardPlan<T>& plan, int64_t first, int64_t count);                       \
  }
MNEME_DECLARE_ACT_KERNELS(DEFAULT)
#if defined(__x86_64__)
MNEME_DECLARE_ACT_KERNELS(AVX2)
MNEME_DECLARE_ACT_KERNELS(AVX512)
#endif
#undef MNEME_DECLARE_ACT_KERNELS

}  // namespace mneme
