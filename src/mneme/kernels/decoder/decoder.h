// Generation by a decoder-only transformer, one token after another of one sequence, as fast as the weights
// come from memory: nothing is computed but the one position, and no operation of the engine runs in between.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "mneme/kernels/decoder/decoder_plan.h"

namespace mneme {

/// float32, contiguous, on the CPU; a bias or norm bias may be undefined. Shapes as in
/// models/transformer/block.h.
struct DecoderLayerWeights {
  at::Tensor attention_norm_weight, attention_norm_bias, query_key_value_weight, query_key_value_bias;
  at::Tensor attention_output_weight, attention_output_bias, feed_forward_norm_weight, feed_forward_norm_bias;
  at::Tensor feed_forward_input_weight, feed_forward_input_bias, feed_forward_output_weight,
      feed_forward_output_bias;
};

struct DecoderWeights {
  std::vector<DecoderLayerWeights> layers;
  at::Tensor norm_weight, norm_bias;
  at::Tensor output;  ///< [outputs, width]
  int64_t heads = 1, key_value_heads = 1;
  int64_t capacity = 1;  ///< most steps that are held
  bool rms_norm = false;
  double norm_epsilon = 1e-5;
  std::string activation = "gelu";  ///< as BlockOptions
  double rotary_base = 0;           ///< above 0: rotary positions
};

class Decoder {
 public:
  /// Keeps the weight matrices in `form`: float32 as they are (shared, where rows need no padding); bfloat16,
  /// rounded to the nearest; int8, each row in steps of its largest magnitude / 127. Throws Error when shapes
  /// do not fit.
  Decoder(const DecoderWeights& weights, WeightForm form);
  ~Decoder();

  int64_t steps() const;  ///< held so far
  int64_t capacity() const;
  int64_t outputs() const;
  /// Of all weight matrices, as they are kept: what a step reads from memory.
  int64_t weight_bytes() const;

  /// Begins anew, with the past [key_value_heads, steps, head width] of each layer (keys turned by their
  /// positions); none of either begins a sequence. Throws Error when they do not fit.
  void begin(const std::vector<at::Tensor>& keys, const std::vector<at::Tensor>& values);

  /// One step on from `embedding` [width] (with what its position adds): the logits [outputs], valid until
  /// the next. Throws Error when as many steps are held as may be. The result does not depend on the number
  /// of threads.
  const float* step(const float* embedding);

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

}  // namespace mneme
