// What the tasks over graphs share: sizes, the score, the printed form.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mneme/tasks/generated_task.h"
#include "mneme/tasks/graph/episode.h"
#include "mneme/tasks/graph/named_graph.h"

namespace mneme {

/// Figures: `error_percent` and `accuracy_percent` (a question is right when every triple of its answer is);
/// where one answer alone is right also `wrong_triples_percent` and `nats_per_answer` (of one triple).
class GraphTask : public GeneratedTask {
 public:
  TaskSizes sizes() const override { return graph_task_sizes(); }
  std::string headline() const override { return "error_percent"; }
  Score score(const Batch& batch, const at::Tensor& logits) const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

 protected:
  virtual bool right(const GraphEpisode& episode, const Question& question,
                     const std::vector<Triple>& given) const;
  virtual bool one_right_answer() const { return true; }
};

/// The graph that the test is about: of the option `map`, null where that is empty. Throws as
/// read_named_graph, and UsageError for a family tree where a map is wanted or the other way round.
std::shared_ptr<const NamedGraph> test_graph(const std::string& map, bool family);

inline constexpr auto kMapHelp =
    "map or family tree that the test is about, a file or folder; empty: random graphs";

/// The test setting's `nodes`. Throws UsageError unless they are 2 to 1000.
int64_t nodes_of(const TestSetting& setting, const std::string& task);

}  // namespace mneme
