// What the fused LSTM with a window hands to its kernels: sizes, buffers, packed weights. Rows are padded.
#pragma once

#include <cstdint>

#include "mneme/kernels/padded.h"

namespace mneme {

constexpr int64_t kLstmGroup = 32;  // sequences that step together

struct LstmWindowSizes {
  int64_t time, batch, features, hidden;
  int64_t tokens, gaussians, characters;  // 0 without a window

  int64_t gates() const { return 4 * hidden; }
  int64_t recurrent() const { return hidden + tokens; }
  int64_t raw() const { return 3 * gaussians; }
  int64_t gates_row() const { return padded(gates() + kPad); }
  int64_t state_row() const { return padded(recurrent() + kPad); }
  int64_t hidden_row() const { return padded(hidden + kPad); }
  int64_t raw_row() const { return padded(raw()); }
  int64_t shaping_row() const { return padded(4 * gaussians); }
  int64_t characters_row() const { return padded(characters); }
};

/// Kept buffers are [time, batch, row]; those of states begin with the one before the first step.
template <class T>
struct LstmWindowForward {
  LstmWindowSizes sizes;
  const int64_t* lengths;          // [batch]
  const int64_t* order;            // [batch] the longest first
  const int64_t* context;          // [batch, characters]
  const int64_t* context_lengths;  // [batch]
  const T* recurrent;              // packed [recurrent][gates]
  const T* window_weight;          // packed [hidden][raw]
  const T* window_bias;            // [raw]
  T* gates;                        // [time, batch, gates_row]: from the inputs on entry, activated on exit
  T* states;                       // [time + 1, batch, state_row] hidden, window
  T* cells;                        // [time + 1, batch, hidden_row]
  T* shaping;                      // [time + 1, batch, shaping_row] a, b, exp(κ̂), κ
};

template <class T>
struct LstmWindowBackward {
  LstmWindowForward<T> forward;
  T clip;
  const T* recurrent;      // packed [gates][recurrent]
  const T* window_weight;  // packed [raw][hidden]
  const T* d_hidden;       // [time, batch, hidden] or null
  const T* d_window;       // [time, batch, tokens] or null
  T* d_gates;              // [time, batch, gates_row], zero past the length
  T* d_raw;                // [time, batch, raw_row], likewise
};

#define MNEME_DECLARE_LSTM_WINDOW(instruction_set)                                                         \
  namespace instruction_set {                                                                             \
  /* The sequences order[first .. first + count). `scratch` has room for lstm_window_scratch elements. */ \
  template <class T>                                                                                      \
  void lstm_window_forward(const LstmWindowForward<T>& plan, int64_t first, int64_t count, T* scratch);   \
  template <class T>                                                                                      \
  void lstm_window_backward(const LstmWindowBackward<T>& plan, int64_t first, int64_t count, T* scratch); \
  }
MNEME_DECLARE_LSTM_WINDOW(DEFAULT)
#if defined(__x86_64__)
MNEME_DECLARE_LSTM_WINDOW(AVX2)
MNEME_DECLARE_LSTM_WINDOW(AVX512)
#endif
#undef MNEME_DECLARE_LSTM_WINDOW

/// Elements of scratch for either pass.
inline int64_t lstm_window_scratch(const LstmWindowSizes& s) {
  return kLstmGroup * (s.state_row() + s.hidden_row() + s.raw_row() + padded(s.gaussians)) + 4 * s.characters_row();
}

}  // namespace mneme
