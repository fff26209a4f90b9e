// The encoder-decoder: reads one sequence of tokens and writes another
// (Vaswani et al. 2017, Attention is all you need, arXiv:1706.03762).
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "mneme/models/sequence_model.h"
#include "mneme/models/transformer/block.h"

namespace mneme {

struct TransformerOptions {
  int64_t width = 512;
  int64_t heads = 8;
  int64_t hidden = 2048;
  int64_t encoder_layers = 6;
  int64_t decoder_layers = 6;
  bool pre_norm = false;
  std::string activation = "relu";
  double dropout = 0.1;
  double attention_dropout = 0;
  bool tied_embeddings = true;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("width", width, "width of the states d_model, even", at_least(2));
    option("heads", heads, "heads of an attention, a divisor of the width", at_least(1));
    option("hidden", hidden, "units of a feed-forward net d_ff", at_least(1));
    option("encoder_layers", encoder_layers, "blocks that read the context", at_least(1));
    option("decoder_layers", decoder_layers, "blocks that write", at_least(1));
    option("pre_norm", pre_norm, "norm before each part of a block, not after its sum", any_value());
    option("activation", activation, "of the feed-forward nets",
           one_of({"relu", "gelu", "gelu-tanh", "swiglu"}));
    option("dropout", dropout, "of embeddings and of what each part adds", between(0, 0.9));
    option("attention_dropout", attention_dropout, "of attention weights", between(0, 0.9));
    option("tied_embeddings", tied_embeddings, "one table for what is read, what is written and the output",
           any_value());
  }
};

/// What each block attended to, layer by layer.
struct TransformerWeights {
  std::vector<at::Tensor> encoder;    ///< [batch, heads, context, context]
  std::vector<BlockWeights> decoder;  ///< self: [batch, heads, time, time]; context: [batch, heads, time, context]
};

/// Parameters: embedding.weight [tokens, width] (untied: and context_embedding.weight, output.weight),
/// encoder.0.*, …, decoder.0.*, … as Block, and with pre-norm encoder_norm.*, decoder_norm.*.
class TransformerImpl : public SequenceModel {
 public:
  /// Throws UsageError for an option outside its limits and for sizes that are not token numbers with a
  /// context, or of different vocabularies when embeddings are tied.
  TransformerImpl(const TransformerOptions& options, const ModelSizes& sizes, Random& random);

  /// Nothing runs back in time, and what stands past a sequence's or a context's length changes no logits
  /// before it. Throws Error when shapes do not fit.
  Prediction forward(const Sequences& given) override { return forward(given, nullptr); }
  /// The same, by the composite path, with the attention weights of every block.
  Prediction forward(const Sequences& given, TransformerWeights* weights);

  /// The state is, for each decoder block, keys and values of its own past [batch, heads, steps, width /
  /// heads] (empty at the start) and of the context [batch, heads, context, width / heads], and last bool
  /// [batch, context], true within each context.
  std::vector<at::Tensor> start(const at::Tensor& context, const at::Tensor& context_lengths) override;
  at::Tensor advance(std::vector<at::Tensor>& state, const at::Tensor& inputs,
                     const at::Tensor& lengths) override;

  std::string model_name() const override { return "transformer"; }
  std::vector<OptionInfo> model_options() const override { return describe_options(options_); }
  /// Of one token that is written, with one that is read; what attention takes of other positions is left
  /// out.
  int64_t multiply_adds_per_step() const override;
  int64_t multiply_adds(const Sequences& given) const override;

 private:
  /// [batch, steps, width] of token numbers, from position `first` on.
  at::Tensor embed(const at::Tensor& table, const at::Tensor& tokens, int64_t first);
  at::Tensor encode(const at::Tensor& context, const at::Tensor& mask, TransformerWeights* weights);
  at::Tensor logits(const at::Tensor& states);

  TransformerOptions options_;
  ModelSizes sizes_;
  at::Tensor embedding_, context_embedding_, output_;  // the same tensor when tied
  std::vector<Block> encoder_, decoder_;
  Norm encoder_norm_{nullptr}, decoder_norm_{nullptr};
};
TORCH_MODULE(Transformer);

}  // namespace mneme
