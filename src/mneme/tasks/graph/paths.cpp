#include "mneme/tasks/graph/paths.h"

#include <algorithm>
#include <deque>

namespace mneme {

PathsTo::PathsTo(const std::vector<Triple>& triples, int64_t goal) : goal_(goal) {
  std::map<int64_t, std::vector<int64_t>> sources;  // of the edges into a node
  for (const Triple& triple : triples) sources[triple.destination].push_back(triple.source);
  nodes_[goal].distance = 0;
  for (std::deque<int64_t> reached = {goal}; !reached.empty(); reached.pop_front()) {
    const int64_t distance = nodes_[reached.front()].distance;
    for (const int64_t source : sources[reached.front()]) {
      Node& node = nodes_[source];
      if (node.distance != kBlank) continue;
      node.distance = distance + 1;
      reached.push_back(source);
    }
  }
  for (const Triple& triple : triples)
    if (distance(triple.destination) != kBlank) nodes_[triple.source].leaving.push_back(triple);
}

int64_t PathsTo::distance(int64_t node) const {
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? kBlank : found->second.distance;
}

const std::vector<Triple>& PathsTo::leaving(int64_t node) const {
  static const std::vector<Triple> none;
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? none : found->second.leaving;
}

std::vector<Triple> PathsTo::optimal(int64_t node) const {
  std::vector<Triple> best;
  for (const Triple& triple : leaving(node))
    if (distance(triple.destination) == distance(node) - 1) best.push_back(triple);
  return best;
}

bool PathsTo::shortest(int64_t start, const std::vector<Triple>& walk) const {
  int64_t here = start;
  for (const Triple& triple : walk) {
    const auto choices = optimal(here);
    if (std::ranges::find(choices, triple) == choices.end()) return false;
    here = triple.destination;
  }
  return here == goal_;
}

}  // namespace mneme
