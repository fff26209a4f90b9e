// Shortest paths to one node, by which right answers are told and made.
#pragma once

#include <map>
#include <vector>

#include "mneme/tasks/graph/graph.h"

namespace mneme {

class PathsTo {
 public:
  /// The nodes of the triples may be any numbers.
  PathsTo(const std::vector<Triple>& triples, int64_t goal);

  /// Edges from a node to the goal; kBlank where no path leads there.
  int64_t distance(int64_t node) const;
  /// The triples that leave a node for one from which the goal can be reached.
  const std::vector<Triple>& leaving(int64_t node) const;
  /// Those of them that begin a shortest path.
  std::vector<Triple> optimal(int64_t node) const;
  /// Whether the triples lead along edges of the graph from `start` to the goal, and no path is shorter.
  bool shortest(int64_t start, const std::vector<Triple>& walk) const;

 private:
  struct Node {
    int64_t distance = kBlank;
    std::vector<Triple> leaving;
  };
  int64_t goal_;
  std::map<int64_t, Node> nodes_;
};

}  // namespace mneme
