// Attention with several heads and learned queries, keys and values.
#pragma once

#include <torch/torch.h>

#include "mneme/core/random.h"
#include "mneme/models/transformer/key_value_cache.h"

namespace mneme {

struct AttentionLayerOptions {
  int64_t width = 512;
  int64_t heads = 8;  ///< `width` is a multiple of it
  int64_t key_value_heads =
      0;  ///< fewer than heads: several query heads share keys and values; 0: as many as heads
  bool bias = true;
  double dropout = 0;      ///< of attention weights, in training
  double rotary_base = 0;  ///< above 0: queries and keys are turned by their positions
};

/// Who may look at what. At most one of the two.
struct AttentionMask {
  bool causal = false;      ///< nobody looks ahead; with a cache its steps are the past
  at::Tensor allowed = {};  ///< bool [batch or 1, heads or 1, queries or 1, keys or 1]; undefined: all
};

/// Parameters: query_key_value.{weight [width + 2 · key_value_heads · width / heads, width], bias} (rows:
/// queries, then keys, then values, each head by head) and output.{weight [width, width], bias}.
class AttentionLayerImpl : public torch::nn::Module {
 public:
  /// Throws Error when heads do not divide the width.
  AttentionLayerImpl(const AttentionLayerOptions& options, Random& random);

  /// Each of `states` [batch, time, width] reads from them all, as far as the mask lets it: [batch, time,
  /// width]. With a cache, keys and values are appended there, all that it holds is read from, and positions
  /// count on. Where `weights` is given, the weights [batch, heads, time, keys] are left there, by the
  /// composite path; otherwise the engine's fused operation reads.
  at::Tensor forward(const at::Tensor& states, const AttentionMask& mask = {}, KeyValueCache* cache = nullptr,
                     at::Tensor* weights = nullptr);

  /// The keys and values of `context` [batch, keys, width], for read_context.
  KeyValueCache remember(const at::Tensor& context) const;

  /// Each of `states` reads from `context` [batch, keys, width]. An empty cache is filled from the context;
  /// one that is filled is read from and the context not looked at (it may be undefined).
  at::Tensor read_context(const at::Tensor& states, const at::Tensor& context, const AttentionMask& mask = {},
                          KeyValueCache* cache = nullptr, at::Tensor* weights = nullptr);

  const AttentionLayerOptions& options() const { return options_; }

 private:
  /// Rows `first`.. of the packed projection.
  at::Tensor project(const at::Tensor& states, int64_t first, int64_t rows) const;
  /// [batch, time, heads · width] as [batch, heads, time, width].
  at::Tensor split(const at::Tensor& projected) const;
  at::Tensor attend(const at::Tensor& queries, at::Tensor keys, at::Tensor values, const AttentionMask& mask,
                    at::Tensor* weights);

  AttentionLayerOptions options_;
  int64_t head_width_, key_width_;  // of one head, of all key heads together
  torch::nn::Linear query_key_value_{nullptr}, output_{nullptr};
};
TORCH_MODULE(AttentionLayer);

}  // namespace mneme
