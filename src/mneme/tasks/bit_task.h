// What the tasks over independent bits share: the score.
#pragma once

#include <string>

#include "mneme/tasks/generated_task.h"

namespace mneme {

/// Figures: `bits_per_sequence` (cross-entropy of all due bits, over sequences) and `wrong_bits_percent`
/// (a logit above 0 counts as a given 1).
class BitTask : public GeneratedTask {
 public:
  std::string headline() const override { return "bits_per_sequence"; }
  Score score(const Batch& batch, const at::Tensor& logits) const override;
};

}  // namespace mneme
