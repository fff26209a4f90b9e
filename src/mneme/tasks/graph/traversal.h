// Traversal (Graves et al. 2016, Methods, "Graph task descriptions"): read a graph, then walk through it
// along named edges.
#pragma once

#include <string>
#include <vector>

#include "mneme/tasks/graph/graph_task.h"

namespace mneme {

struct TraversalOptions {
  int64_t min_nodes = 3;
  int64_t max_nodes = 30;
  int64_t min_neighbours = 2;
  int64_t max_neighbours = 4;
  int64_t max_steps = 10;
  int64_t questions = 1;

  std::string map;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("min_nodes", min_nodes, "nodes of the smallest training graph", between(2, 1000));
    option("max_nodes", max_nodes, "nodes of the largest training graph", between(2, 1000));
    option("min_neighbours", min_neighbours, "least edges that leave a node", between(1, 20));
    option("max_neighbours", max_neighbours, "most edges that leave a node", between(1, 20));
    option("max_steps", max_steps, "edges of the longest walk", at_least(1));
    option("questions", questions, "questions about one training graph, one after the other", at_least(1));
    option("map", map, kMapHelp, any_value());
  }
};

/// The question whose answer is this walk.
Question walk_question(const std::vector<Triple>& walk);

/// The query is (source, edge, _) and then (_, edge, _) for every further edge of a random walk; its triples
/// are due, one a step.
///
/// The curriculum's lessons are ours. A batch has graphs of one number of nodes and walks of one number of
/// steps, both uniform from the smallest to the difficulty's largest, which lies on a line between these
/// (with the default options):
///
/// | difficulty | nodes    | edges that leave a node | steps   |
/// | 0          | 3        | 2                       | 1       |
/// | 0.25       | 3 to 10  | 2 to 3                  | 1 to 3  |
/// | 0.5        | 3 to 17  | 2 to 3                  | 1 to 6  |
/// | 0.75       | 3 to 23  | 2 to 4                  | 1 to 8  |
/// | 1          | 3 to 30  | 2 to 4                  | 1 to 10 |
///
/// Graphs are those of draw_graph. Test row: `nodes`, `steps`, of the last lesson's largest graphs and
/// longest walks, one question a graph; of a map `stations`, `steps`: walks of max_steps on it.
class TraversalTask : public GraphTask {
 public:
  explicit TraversalTask(const Settings& settings);
  std::string name() const override { return "graph-traversal"; }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::vector<TestSetting> test_settings() const override;

 protected:
  Batch draw_training(int64_t batch_size, double difficulty, Random& random) const override;
  Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const override;

 private:
  TraversalOptions options_;
  std::shared_ptr<const NamedGraph> map_;
};

}  // namespace mneme
