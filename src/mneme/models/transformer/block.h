// The block that transformers repeat: attention, then a feed-forward net, each added to what it was given
// (Vaswani et al. 2017, arXiv:1706.03762, section 3; norm before each part: Xiong et al. 2020,
// arXiv:2002.04745; RMS norm: Zhang and Sennrich 2019, arXiv:1910.07467; gated feed-forward net: Shazeer
// 2020, arXiv:2002.05202).
#pragma once

#include <torch/torch.h>

#include <string>

#include "mneme/models/transformer/attention_layer.h"

namespace mneme {

struct BlockOptions {
  int64_t width = 512;
  int64_t heads = 8;
  int64_t key_value_heads = 0;  ///< as in AttentionLayerOptions
  int64_t hidden = 2048;        ///< of the feed-forward net
  bool pre_norm = true;         ///< norm before each part (a last norm is the stack's); false: after each sum
  std::string norm = "layer";   ///< "layer" or "rms"
  double norm_epsilon = 1e-5;
  std::string activation = "relu";  ///< "relu", "gelu", "gelu-tanh" (GPT-2's approximation) or "swiglu"
  bool bias = true;                 ///< of all linear layers
  double dropout = 0;               ///< of what each part adds, in training
  double attention_dropout = 0;     ///< of attention weights, in training
  double rotary_base = 0;           ///< above 0: self-attention turns queries and keys by their positions
  bool reads_context = false;       ///< a third part between the two: attention to a context (decoder)
};

/// Layer norm (with weight and bias) or RMS norm (weight alone).
class NormImpl : public torch::nn::Module {
 public:
  NormImpl(const std::string& kind, int64_t width, double epsilon);
  at::Tensor forward(const at::Tensor& states) const;  ///< [..., width]

 private:
  double epsilon_;
  at::Tensor weight_, bias_;  // bias undefined: RMS
};
TORCH_MODULE(Norm);

/// "relu", "gelu" or "gelu-tanh" of one linear layer, or "swiglu": silu of one half times the other.
/// Parameters: input.weight [hidden (swiglu: 2 · hidden, the gate first), width], output.weight [width,
/// hidden].
class FeedForwardImpl : public torch::nn::Module {
 public:
  FeedForwardImpl(const BlockOptions& options, Random& random);
  at::Tensor forward(const at::Tensor& states);  ///< [..., width]

 private:
  std::string activation_;
  torch::nn::Linear input_{nullptr}, output_{nullptr};
};
TORCH_MODULE(FeedForward);

/// The attention weights of one block, for those who want to see them.
struct BlockWeights {
  at::Tensor self;     ///< [batch, heads, time, keys]
  at::Tensor context;  ///< [batch, heads, time, context], where the block reads one
};

struct BlockInput {
  at::Tensor states;            ///< [batch, time, width]
  AttentionMask mask{};         ///< of self-attention
  at::Tensor context{};         ///< [batch, context, width]; only for a block that reads one
  at::Tensor context_mask{};    ///< bool, true: may be read; as AttentionMask.allowed, usually length_mask()
  BlockCache* cache = nullptr;  ///< goes on from there (see AttentionLayer)
  BlockWeights* weights = nullptr;  ///< where to leave the attention weights
};

/// Parameters: attention.*, context_attention.* (where it reads a context), feed_forward.*, and before
/// (pre-norm) or after each of them attention_norm.*, context_norm.*, feed_forward_norm.*.
class BlockImpl : public torch::nn::Module {
 public:
  /// Weights as Glorot and Bengio 2010, biases 0. Throws Error for options that do not fit.
  BlockImpl(const BlockOptions& options, Random& random);

  /// [batch, time, width]. Throws Error when shapes do not fit, or a context is missing or not wanted.
  at::Tensor forward(const BlockInput& given);

  /// The context's keys and values, for a cache with which the context need not be given again.
  KeyValueCache remember(const at::Tensor& context) const { return context_attention_->remember(context); }

  /// Multiply-adds of one position that sees `keys` positions and `context` positions of a context.
  int64_t multiply_adds(int64_t keys, int64_t context = 0) const;

  const BlockOptions& options() const { return options_; }

 private:
  /// states + dropout(part(norm(states))), or norm(states + dropout(part(states))).
  template <class Part>
  at::Tensor add_part(const at::Tensor& states, const Norm& norm, Part&& part) const;

  BlockOptions options_;
  AttentionLayer attention_{nullptr}, context_attention_{nullptr};
  FeedForward feed_forward_{nullptr};
  Norm attention_norm_{nullptr}, context_norm_{nullptr}, feed_forward_norm_{nullptr};
};
TORCH_MODULE(Block);

}  // namespace mneme
