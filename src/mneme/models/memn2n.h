// The end-to-end memory network: a question looks several times at the sentences of a story, each time with what it
// found the time before (Sukhbaatar, Szlam, Weston, Fergus 2015, arXiv:1503.08895).
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "mneme/models/sequence_model.h"
#include "mneme/models/story_question.h"
#include "mneme/models/takes_difficulty.h"

namespace mneme {

struct MemN2NOptions {
  int64_t width = 50;
  int64_t hops = 3;
  int64_t memories = 50;
  std::string tying = "adjacent";
  double time_noise = 0.1;
  bool linear_start = true;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("width", width, "numbers that a sentence becomes, d", at_least(1));
    option("hops", hops, "looks at the story, K", at_least(1));
    option("memories", memories, "latest sentences of a story that are kept", at_least(1));
    option("tying", tying, "what the hops share: each one's output embedding is the next one's input, or all are alike",
           one_of({"adjacent", "layer-wise"}));
    option("time_noise", time_noise, "share of empty memories put between the sentences in training", between(0, 1));
    option("linear_start", linear_start, "no softmax over the sentences while a curriculum is below difficulty 1",
           any_value());
  }
};

/// What the hops looked at. Nothing is asked of the steps after a question.
struct MemN2NRecord {
  at::Tensor weights;  ///< [batch, hops, time]: p of each hop over the sentences; 0 where there is none
  at::Tensor logits;   ///< [batch, outputs]
};

/// Inputs are sentences (models/story_question.h); the answer stands as the logits of every step.
///
///     m_i^k = Σ_j l_j ∘ A^k x_ij + T_A^k(age of i)     c_i^k = Σ_j l_j ∘ C^k x_ij + T_C^k(age of i)
///     o^k = Σ_i softmax_i(u^k · m_i^k) c_i^k           u^{k+1} = u^k + o^k, layer-wise H u^k + o^k
///     u^1 = Σ_j l_j ∘ B q_j                            logits = W u^{K+1}
///
/// adjacent: A^{k+1} = C^k, T likewise, and B = A^1. layer-wise: one A, one C, one B, one H for all hops.
///
/// Parameters: embeddings [sets, tokens, width], temporal [memory sets, memories, width] and output.weight [outputs,
/// width]. adjacent: sets A^1, C^1 … C^K. layer-wise: sets A, C, B, memory sets A, C, and hop.weight [width, width], H.
///
/// How we differ: answers are classes of their own (an answer may be several words), so W is not the last C. Empty
/// memories only make the sentences before them older; the paper's can also be looked at.
class MemN2NImpl : public SequenceModel, public TakesDifficulty {
 public:
  /// Throws UsageError for an option outside its limits, and for sizes without tokens.
  MemN2NImpl(const MemN2NOptions& options, const ModelSizes& sizes, Random& random);

  /// Throws Error when shapes do not fit.
  Prediction forward(const Sequences& given) override;
  /// No gradients.
  MemN2NRecord record(const Sequences& given);
  void set_difficulty(double difficulty) override { linear_ = options_.linear_start && difficulty < 1; }

  std::string model_name() const override { return "memn2n"; }
  std::vector<OptionInfo> model_options() const override { return describe_options(options_); }
  int64_t multiply_adds_per_step() const override;

 private:
  struct Answer {
    std::vector<at::Tensor> weights;  // of each hop: [batch, memories]
    at::Tensor logits;                // [batch, outputs]
  };
  Answer answer(const StoryQuestion& story);
  /// The row of `temporal` for each sentence, the latest 0: int64 [batch, memories].
  at::Tensor ages(const StoryQuestion& story) const;

  MemN2NOptions options_;
  ModelSizes sizes_;
  bool linear_ = false;
  at::Tensor embeddings_, temporal_;
  torch::nn::Linear hop_{nullptr}, output_{nullptr};
};
TORCH_MODULE(MemN2N);

}  // namespace mneme
