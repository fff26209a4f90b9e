// What the decoder's kernel works on: plain pointers, made by decoder.cpp.
#pragma once

#include <cstdint>

#include "mneme/kernels/padded.h"

namespace mneme {

/// How the numbers of a weight matrix are kept. They are turned to float32 where they are used.
enum class WeightForm { float32, bfloat16, int8 };

/// A weight matrix row by row, each row padded with zeros to padded(depth) numbers.
struct WeightRows {
  const void* numbers = nullptr;
  const float* scales = nullptr;  ///< int8: what each row's numbers are multiplied by
  const float* bias = nullptr;    ///< or null
  int64_t rows = 0, depth = 0;
};

struct DecoderLayer {
  const float *attention_norm_weight, *attention_norm_bias, *feed_forward_norm_weight,
      *feed_forward_norm_bias;
  WeightRows query_key_value, attention_output, feed_forward_input, feed_forward_output;
  float *keys, *values;  // [key_value_heads, capacity, padded head width]
};

enum class DecoderActivation { relu, gelu, gelu_tanh, swiglu };

struct DecoderPlan {
  int64_t width, heads, key_value_heads, hidden, layers, capacity;
  int64_t head_width() const { return width / heads; }
  int64_t head_row() const { return padded(head_width()); }
  bool rms_norm;
  float norm_epsilon;
  DecoderActivation activation;
  WeightForm form;

  const DecoderLayer* layer;
  const float *norm_weight, *norm_bias;
  WeightRows output;
  const float *cosines, *sines;  // [head_width / 2] of this position, or null

  int64_t steps;         // held in keys and values before this one
  float* states;         // [padded(width)]: the embedding of the token; changed in place
  float* normed;         // a row padded(width) for each member of the team
  float* projected;      // [width + 2 · key_value_heads · head width]
  float* read;           // [padded(width)], zeros past the width
  float* hidden_states;  // [padded(swiglu: 2 · hidden, hidden)], zeros past it
  float* scores;         // a row `capacity` for each member
  float* logits;         // [outputs]
};

// One copy of the kernels for each instruction set.
#define MNEME_DECLARE_DECODER_KERNELS(instruction_set)                                      \
  namespace instruction_set {                                                               \
  /* One token through all layers, shared by `ranks` threads. `barrier`: three zeros. */    \
  void decode_step(const DecoderPlan& plan, int64_t rank, int64_t ranks, int32_t* barrier); \
  }
MNEME_DECLARE_DECODER_KERNELS(DEFAULT)
#if defined(__x86_64__)
MNEME_DECLARE_DECODER_KERNELS(AVX2)
MNEME_DECLARE_DECODER_KERNELS(AVX512)
#endif
#undef MNEME_DECLARE_DECODER_KERNELS

}  // namespace mneme
