// What the tasks over graphs share: sizes, the score, the printed form.
#pragma once

#include <string>
#include <vector>

#include "mneme/tasks/generated_task.h"
#include "mneme/tasks/graph/episode.h"

namespace mneme {

/// Figures: `error_percent` and `accuracy_percent` (a question is right when every triple of its answer is),
/// `wrong_triples_percent` and `nats_per_answer` (an answer being one triple).
class GraphTask : public GeneratedTask {
 public:
  TaskSizes sizes() const override { return graph_task_sizes(); }
  std::string headline() const override { return "error_percent"; }
  Score score(const Batch& batch, const at::Tensor& logits) const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;
};

}  // namespace mneme
