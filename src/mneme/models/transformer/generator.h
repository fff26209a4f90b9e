// Goes on from a text, one token at a time.
#pragma once

#include <memory>
#include <vector>

#include "mneme/kernels/decoder/decoder.h"
#include "mneme/models/gpt.h"

namespace mneme {

struct GeneratorOptions {
  bool cache = true;                      ///< false: the model reads the whole text again for every token
  WeightForm form = WeightForm::float32;  ///< of the weights; with a cache
};

/// When the model's context is full, the older half of it is forgotten, and the rest read again.
class Generator {
 public:
  /// `model` outlives it and does not change. Throws Error for a model that does not read tokens, or has a
  /// form of weights asked of it without a cache.
  Generator(GptImpl& model, const GeneratorOptions& options);

  /// The logits [outputs] of what follows these tokens, valid until the next call. The prompt is read by the
  /// model itself; once for several times in a row. Throws Error when it is empty or longer than the context.
  const float* begin(const std::vector<int64_t>& prompt);

  /// The same after one more token.
  const float* step(int64_t token);

  int64_t weight_bytes() const { return decoder_ ? decoder_->weight_bytes() : 0; }

 private:
  const float* read_all();

  GptImpl& model_;
  std::unique_ptr<Decoder> decoder_;  // none without a cache
  at::Tensor tokens_, positions_;     // [tokens, width], [context, width] or undefined
  std::vector<int64_t> text_;         // what the model sees
  std::vector<int64_t> prompt_;       // whose keys, values and logits these are
  std::vector<at::Tensor> keys_, values_;
  at::Tensor prompt_logits_, logits_;
};

/// The model's weights as the decoder takes them.
DecoderWeights decoder_weights(const GptImpl& model);

}  // namespace mneme
