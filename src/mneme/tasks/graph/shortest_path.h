// Shortest path (Graves et al. 2016, Methods, "Graph task descriptions"): read a graph, then give the edges
// of a shortest path from one node to another.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mneme/tasks/graph/graph_task.h"

namespace mneme {

struct ShortestPathOptions {
  int64_t min_nodes = 3;
  int64_t max_nodes = 20;
  int64_t min_neighbours = 2;
  int64_t max_neighbours = 4;
  int64_t max_steps = 5;
  int64_t planning = 10;
  double optimal_share = 0.9;
  int64_t beam_width = 1;
  bool train_on_map = false;

  std::string map;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("min_nodes", min_nodes, "nodes of the smallest training graph", between(2, 1000));
    option("max_nodes", max_nodes, "nodes of the largest training graph", between(2, 1000));
    option("min_neighbours", min_neighbours, "least edges that leave a node", between(1, 20));
    option("max_neighbours", max_neighbours, "most edges that leave a node", between(1, 20));
    option("max_steps", max_steps, "edges of the longest path that is asked for", at_least(1));
    option("planning", planning, "steps without input between the question and the answer", at_least(0));
    option("optimal_share", optimal_share,
           "of training steps that go on from an optimal edge, not the model's own", between(0, 1));
    option("beam_width", beam_width, "answers that the test follows side by side; 1: the likeliest triple",
           between(1, 1000));
    option("map", map, kMapHelp, any_value());
    option("train_on_map", train_on_map,
           "whether training asks about `map`, too, under labels drawn afresh for each sequence", any_value());
  }
};

/// The question whose drawn answer is this path.
Question path_question(const std::vector<Triple>& path, int64_t planning);

/// The query is (start, _, end); after the planning steps the triples of a shortest path are due, one a step,
/// and the triple that was given is the next step's input. In a batch that is drawn this is an optimal walk;
/// training and test play the answer anew with the model (training/rollout.h, by interaction()), as the
/// paper's structured prediction does. The answer has as many steps as the shortest path: the model need not
/// find out where to stop.
///
/// Any shortest path is right. Figures: `error_percent` and `accuracy_percent`.
///
/// The curriculum's lessons are ours: as in traversal.h, with graphs of min_nodes to max_nodes nodes and
/// paths of 1 to max_steps edges. A path of the wanted number of edges is drawn uniformly among those of the
/// graph; where it has none so long, among its longest. With train_on_map the graph is always the map's, and the
/// labels alone are drawn. Test row: `nodes`, `steps`; of a map `stations`: from
/// any station to any other.
class ShortestPathTask : public GraphTask {
 public:
  explicit ShortestPathTask(const Settings& settings);
  std::string name() const override { return "graph-shortest-path"; }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::vector<TestSetting> test_settings() const override;
  std::optional<Interaction> interaction() const override;

 protected:
  bool right(const GraphEpisode& episode, const Question& question,
             const std::vector<Triple>& given) const override;
  bool one_right_answer() const override { return false; }
  Batch draw_training(int64_t batch_size, double difficulty, Random& random) const override;
  Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const override;

 private:
  ShortestPathOptions options_;
  std::shared_ptr<const NamedGraph> map_;
};

}  // namespace mneme
