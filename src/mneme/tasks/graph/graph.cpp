#include "mneme/tasks/graph/graph.h"

#include <algorithm>
#include <numeric>

namespace mneme {
namespace {

constexpr int64_t kLabelsPerNeighbour = 4;
constexpr int64_t kWalksTried = 1000;

}  // namespace

std::vector<std::vector<Triple>> outgoing_triples(const Graph& graph) {
  std::vector<std::vector<Triple>> outgoing(static_cast<size_t>(graph.nodes));
  for (const Triple& triple : graph.triples) outgoing[static_cast<size_t>(triple.source)].push_back(triple);
  return outgoing;
}

Graph random_graph(const RandomGraphSizes& sizes, Random& random) {
  struct Point {
    double x, y;
  };
  std::vector<Point> points(static_cast<size_t>(sizes.nodes));
  for (Point& point : points) point = {random.uniform(), random.uniform()};

  Graph graph{sizes.nodes, sizes.labels, {}};
  std::vector<int64_t> labels(static_cast<size_t>(sizes.labels));
  std::iota(labels.begin(), labels.end(), 0);
  std::vector<std::pair<double, int64_t>> others;  // squared distance, node
  for (int64_t node = 0; node < sizes.nodes; ++node) {
    const Point& here = points[static_cast<size_t>(node)];
    others.clear();
    for (int64_t other = 0; other < sizes.nodes; ++other) {
      if (other == node) continue;
      const Point& there = points[static_cast<size_t>(other)];
      const double dx = there.x - here.x, dy = there.y - here.y;
      others.emplace_back(dx * dx + dy * dy, other);
    }
    const auto neighbours =
        std::min(random.integer(sizes.min_neighbours, sizes.max_neighbours), sizes.nodes - 1);
    std::partial_sort(others.begin(), others.begin() + neighbours, others.end());
    for (int64_t i = 0; i < neighbours; ++i) {
      // The first `neighbours` of a shuffle.
      std::swap(labels[static_cast<size_t>(i)],
                labels[static_cast<size_t>(random.integer(i, sizes.labels - 1))]);
      graph.triples.push_back({node, labels[static_cast<size_t>(i)], others[static_cast<size_t>(i)].second});
    }
  }
  return graph;
}

Graph draw_graph(int64_t nodes, int64_t min_neighbours, int64_t max_neighbours, Random& random) {
  const int64_t labels = random.integer(max_neighbours, kLabelsPerNeighbour * max_neighbours);
  return random_graph({nodes, min_neighbours, max_neighbours, labels}, random);
}

std::vector<Triple> random_walk(const std::vector<std::vector<Triple>>& outgoing, int64_t steps,
                                Random& random) {
  for (int64_t tried = 0; tried < kWalksTried; ++tried) {
    std::vector<Triple> walk;
    int64_t node = random.integer(0, static_cast<int64_t>(outgoing.size()) - 1);
    while (static_cast<int64_t>(walk.size()) < steps) {
      const auto& choices = outgoing[static_cast<size_t>(node)];
      if (choices.empty()) break;
      walk.push_back(
          choices[static_cast<size_t>(random.integer(0, static_cast<int64_t>(choices.size()) - 1))]);
      node = walk.back().destination;
    }
    if (static_cast<int64_t>(walk.size()) == steps) return walk;
  }
  return {};
}

}  // namespace mneme
