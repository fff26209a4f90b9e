#include "mneme/tasks/graph/graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace mneme {
namespace {

TEST(RandomGraph, EveryNodeHasNeighboursWithinTheRangeAndLabelsOfItsOwn) {
  Random random(3);
  std::set<size_t> degrees;
  for (int64_t draw = 0; draw < 200; ++draw) {
    const int64_t nodes = 2 + draw % 20;
    const Graph graph = random_graph({nodes, 2, 4, 6}, random);
    ASSERT_EQ(graph.nodes, nodes);
    for (const auto& outgoing : outgoing_triples(graph)) {
      degrees.insert(outgoing.size());
      ASSERT_GE(outgoing.size(), std::min<size_t>(2, static_cast<size_t>(nodes) - 1));
      ASSERT_LE(outgoing.size(), std::min<size_t>(4, static_cast<size_t>(nodes) - 1));
      std::set<int64_t> labels, destinations;
      for (const Triple& triple : outgoing) {
        ASSERT_NE(triple.destination, triple.source);
        ASSERT_TRUE(triple.edge >= 0 && triple.edge < 6);
        labels.insert(triple.edge);
        destinations.insert(triple.destination);
      }
      ASSERT_EQ(labels.size(), outgoing.size());
      ASSERT_EQ(destinations.size(), outgoing.size());
    }
  }
  EXPECT_EQ(degrees, (std::set<size_t>{1, 2, 3, 4}));  // 1 in graphs of two nodes
}

TEST(RandomGraph, NeighboursAreNear) {
  // With one neighbour each, the nearest: of two nodes that are each other's nearest both edges are there,
  // and the two nearest of all nodes always are. Far nodes would be mutual by chance only (1 in 49).
  Random random(4);
  int64_t mutual = 0;
  for (int64_t draw = 0; draw < 50; ++draw) {
    const auto outgoing = outgoing_triples(random_graph({50, 1, 1, 1}, random));
    int64_t here = 0;
    for (const auto& edges : outgoing)
      here += outgoing[static_cast<size_t>(edges.front().destination)].front().destination ==
              edges.front().source;
    EXPECT_GE(here, 2);
    mutual += here;
  }
  // In the plane 62 % of points are one of such a pair.
  EXPECT_NEAR(static_cast<double>(mutual) / (50 * 50), 0.62, 0.06);
}

TEST(RandomWalk, FollowsEdges) {
  Random random(5);
  const Graph graph = random_graph({10, 2, 4, 8}, random);
  const auto outgoing = outgoing_triples(graph);
  std::set<int64_t> starts;
  for (int64_t draw = 0; draw < 100; ++draw) {
    const auto walk = random_walk(outgoing, 7, random);
    ASSERT_EQ(walk.size(), 7u);
    starts.insert(walk.front().source);
    for (size_t i = 0; i < walk.size(); ++i) {
      ASSERT_EQ(std::ranges::count(graph.triples, walk[i]), 1);
      ASSERT_TRUE(i == 0 || walk[i].source == walk[i - 1].destination);
    }
  }
  EXPECT_EQ(starts.size(), 10u);
}

}  // namespace
}  // namespace mneme
