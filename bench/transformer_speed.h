// How fast a GPT learns, and how fast it writes.
#pragma once

#include <cstdint>
#include <optional>

#include "mneme/kernels/decoder/decoder_plan.h"
#include "mneme/models/gpt.h"

namespace mneme {

struct GptTrainingCase {
  GptOptions model;
  int64_t batch, block;
  int64_t tokens = 65;  ///< of the vocabulary: the characters of tiny Shakespeare
};

struct GptTrainingSpeed {
  double update_ms = 0;  ///< forward, backward, clipping and AdamW on one batch, median
  double gflop = 0;      ///< of an update's matrix products; backward is counted as twice forward
};

/// At least five updates and then as many as fit into `seconds`.
GptTrainingSpeed measure_gpt_training(const GptTrainingCase& wanted, double seconds);

struct GenerationSpeed {
  double token_ms = 0;  ///< median, of one sequence
  int64_t weight_bytes = 0;
};

/// Random weights; after a prompt of eight tokens, as many tokens as fit into `seconds`.
GenerationSpeed measure_generation(const GptOptions& model, int64_t tokens, WeightForm form, double seconds);

/// GB (10^9 bytes) a second that `threads` read together from memory, in several streams each: the best of
/// several passes over 512 MB.
double measured_read_bandwidth(int64_t threads);

}  // namespace mneme
