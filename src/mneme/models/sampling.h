// Chooses the next token from a model's logits.
#pragma once

#include <cstdint>
#include <vector>

#include "mneme/core/random.h"

namespace mneme {

struct SamplingOptions {
  double temperature = 1;  ///< logits are divided by it; 0: always the likeliest token
  int64_t top_k = 0;       ///< only so many of the likeliest tokens; 0: all
  double top_p = 1;        ///< of those, the fewest likeliest ones that have this probability together
};

struct Choice {
  int64_t token = 0;
  double probability = 0;         ///< that the model gives it: softmax of the logits as they are
  double chosen_probability = 0;  ///< with which it was chosen: after temperature, top-k and top-p
};

/// Draws one number from `random`, whatever the options. Of equally likely tokens the lower number counts as
/// likelier. Source: top-k of Fan et al. 2018 (arXiv:1805.04833), top-p of Holtzman et al. 2020
/// (arXiv:1904.09751). Throws Error for no logits, or one that is not a number.
Choice choose_token(const float* logits, int64_t count, const SamplingOptions& options, Random& random);

/// The `most` likeliest tokens, the likeliest first.
std::vector<int64_t> likeliest_tokens(const float* logits, int64_t count, int64_t most);

/// ln Σ exp(logits), so that a token's probability is exp(logit - it).
double log_sum_exp(const float* logits, int64_t count);

}  // namespace mneme
