// What a model is given and what it gives back.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>

namespace mneme {

struct Sequences {
  at::Tensor inputs;           ///< float [batch, time, features]; or numbers of tokens, int64 [batch, time(, features)]
  at::Tensor lengths;          ///< int64 [batch] on the CPU: steps of each sequence; undefined when all are full
  at::Tensor context;          ///< what every step may look at (text to write, a sentence to translate): numbers of
                               ///< tokens, int64 [batch, context]; undefined when there is none
  at::Tensor context_lengths;  ///< int64 [batch] on the CPU: tokens of each context; undefined with `context`
};

/// The sizes that a task fixes for a model.
struct ModelSizes {
  int64_t features = 1, outputs = 1;
  int64_t tokens = 0;          ///< inputs are token numbers below this; 0: real numbers
  int64_t context_tokens = 0;  ///< the context's token numbers are below this; 0: there is no context
};

/// Sums, so that batches add up: a figure is its numerator over its denominator.
struct Ratio {
  double numerator = 0, denominator = 0;
  double value() const { return denominator == 0 ? 0 : numerator / denominator; }
};

struct Prediction {
  at::Tensor logits;                     ///< [batch, time, outputs]; past a sequence's length unspecified but finite
  at::Tensor cost;                       ///< scalar that training adds to its loss, such as the time spent on thinking
  std::map<std::string, Ratio> figures;  ///< of the model itself, for tests: "ponder_steps", …
};

}  // namespace mneme
