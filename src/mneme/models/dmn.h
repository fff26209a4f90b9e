// The dynamic memory network: it reads the facts of a story several times, each time those that matter for the
// question and for what it remembers (Kumar et al. 2015, arXiv:1506.07285; as DMN+: Xiong, Merity, Socher 2016,
// arXiv:1603.01417).
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "mneme/models/sequence_model.h"
#include "mneme/models/story_question.h"

namespace mneme {

struct DmnOptions {
  int64_t width = 80;
  int64_t passes = 3;
  int64_t memories = 50;
  std::string reader = "position";
  double dropout = 0.1;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("width", width, "numbers that a word, a fact and a memory become", at_least(1));
    option("passes", passes, "times that the facts are read", at_least(1));
    option("memories", memories, "latest sentences of a story that are kept", at_least(1));
    option("reader", reader, "how a sentence becomes a fact: position encoding and a fusion layer (2016), GRU (2015)",
           one_of({"position", "gru"}));
    option("dropout", dropout, "share of the elements of facts and of the answer's input left out in training",
           between(0, 0.9));
  }
};

/// What each pass found worth reading.
struct DmnRecord {
  at::Tensor gates;   ///< [batch, passes, time]: g of each sentence; 0 where there is none
  at::Tensor logits;  ///< [batch, outputs]
};

/// Inputs are sentences (models/story_question.h); the answer stands as the logits of every step.
///
///     facts   f_i = Σ_j l_j ∘ E x_ij (mechanisms/position_encoding.h), c_i = GRU→(f)_i + GRU←(f)_i, over sentences;
///             reader gru: c_i = the GRU over the story's words at the end of sentence i
///     question q = GRU over its words, m^0 = q
///     pass t  g_i = softmax_i( w2 · tanh(W1 z_i + b1) + b2 ), z of facts, question and m^{t-1}
///             e = attention GRU of the facts, m^t = ReLU(W^t [m^{t-1}; e; q] + b^t)
///     answer  W_a [q; m^T] + b_a
///
/// Parameters: words.weight [tokens, width], question_reader.* and fact_reader.* as torch::nn::GRU names them (the
/// second bidirectional with reader position), gate_hidden.*, gate_output.*, episode_input.*, episode_recurrent
/// [2 · width, width], memory.<pass>.* and output.*.
///
/// How we differ from 2015: gates are a softmax, memories have weights of their own in each pass (both as in 2016),
/// and the supporting sentences are not taught.
class DmnImpl : public SequenceModel {
 public:
  /// Throws UsageError for an option outside its limits, and for sizes without tokens.
  DmnImpl(const DmnOptions& options, const ModelSizes& sizes, Random& random);

  /// Throws Error when shapes do not fit.
  Prediction forward(const Sequences& given) override;
  /// No gradients.
  DmnRecord record(const Sequences& given);

  std::string model_name() const override { return "dmn"; }
  std::vector<OptionInfo> model_options() const override { return describe_options(options_); }
  int64_t multiply_adds_per_step() const override;

 private:
  struct Answer {
    std::vector<at::Tensor> gates;  // of each pass: [batch, memories]
    at::Tensor logits;              // [batch, outputs]
  };
  Answer answer(const StoryQuestion& story);
  at::Tensor facts(const StoryQuestion& story);           // c: [batch, memories, width]
  at::Tensor facts_by_words(const StoryQuestion& story);  // with reader gru
  at::Tensor question(const StoryQuestion& story);        // q: [batch, width]
  at::Tensor dropped(const at::Tensor& values) const;

  DmnOptions options_;
  ModelSizes sizes_;
  torch::nn::Embedding words_{nullptr};
  torch::nn::GRU question_reader_{nullptr}, fact_reader_{nullptr};
  torch::nn::Linear gate_hidden_{nullptr}, gate_output_{nullptr}, episode_input_{nullptr}, output_{nullptr};
  at::Tensor episode_recurrent_;
  torch::nn::ModuleList memory_{nullptr};
};
TORCH_MODULE(Dmn);

}  // namespace mneme
