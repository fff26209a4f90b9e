// What would a model write, given a context? The likeliest sequence of tokens cannot be found by going
// through all of them: beam search follows the best few beginnings side by side.
#pragma once

#include <vector>

#include "mneme/models/sequence_model.h"

namespace mneme {

struct BeamOptions {
  int64_t width = 4;             ///< beginnings that are followed; 1: the likeliest token each time
  double length_penalty = 0.6;   ///< α
  int64_t begin = 0, end = 0;    ///< the first input, and the token that ends an answer
  std::vector<int64_t> never;    ///< tokens that no answer holds
  std::vector<int64_t> longest;  ///< most tokens of each sequence's answer, at least 1, the end not counted
};

struct WrittenAnswer {
  std::vector<int64_t> tokens;  ///< without begin and end
  double log_probability = 0;   ///< in nats, of the tokens and the end
  /// log_probability / ((5 + n) / 6)^α of n tokens with the end: what answers are ranked by.
  double score = 0;
};

/// For each sequence of the contexts (int64 [batch, context], lengths [batch] or undefined) the best answers
/// that were found, best first, at most `width`. All sequences are followed in one batch, through
/// SequenceModel::start and advance; one that is done leaves it: when `width` answers have ended and no open
/// one has a better score than the worst of these. An answer that reaches its longest length is ended there.
///
/// Source: Wu et al. 2016 (arXiv:1609.08144), equation 14, without coverage penalty; Vaswani et al. 2017,
/// section 6.1. Without gradients. Throws Error for options that do not fit the batch.
std::vector<std::vector<WrittenAnswer>> beam_search(SequenceModel& model, const at::Tensor& context,
                                                    const at::Tensor& context_lengths,
                                                    const BeamOptions& options);

}  // namespace mneme
