// The score of tasks whose whole sequence must be right, whatever the kind of its answers.
#pragma once

#include <ATen/core/Tensor.h>

#include "mneme/tasks/task.h"

namespace mneme {

/// Figures: `error_percent` (a sequence is wrong when any of its due answers is: a bit, a class, a group of digits),
/// `wrong_answers_percent` (of the due bits, classes or digits) and `bits_per_answer` (cross-entropy, over the same).
/// logits: [batch, time, outputs].
Score score_answers(TargetKind kind, const Batch& batch, const at::Tensor& logits);

}  // namespace mneme
