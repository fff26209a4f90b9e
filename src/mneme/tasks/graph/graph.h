// Directed graphs with labelled edges, and random ones (Graves et al. 2016, Methods, "Graph task
// descriptions").
#pragma once

#include <cstdint>
#include <vector>

#include "mneme/core/random.h"

namespace mneme {

/// A label that is not given, as in a question (source, edge, _).
inline constexpr int64_t kBlank = -1;

/// An edge from a source to a destination, each part a number or kBlank.
struct Triple {
  int64_t source = kBlank, edge = kBlank, destination = kBlank;
  bool operator==(const Triple&) const = default;
};

/// Nodes are 0 to nodes - 1, the labels of edges 0 to labels - 1. An edge that can be walked both ways is two
/// triples.
struct Graph {
  int64_t nodes = 0, labels = 0;
  std::vector<Triple> triples;
};

/// The triples that leave each node, in the order of the graph.
std::vector<std::vector<Triple>> outgoing_triples(const Graph& graph);

struct RandomGraphSizes {
  int64_t nodes;                           ///< at least 2
  int64_t min_neighbours, max_neighbours;  ///< 1 to nodes - 1; more is cut to nodes - 1
  int64_t labels;                          ///< of edges, at least max_neighbours
};

/// Points uniform on the unit square; from each one edges to its K nearest, K uniform in the range of
/// neighbours (as in the paper). The edges of a node have different labels, each set of them equally likely.
Graph random_graph(const RandomGraphSizes& sizes, Random& random);

/// The same with a number of labels drawn between max_neighbours and four times as many: few enough that
/// nodes share them, as the stations of a map share its lines. The numbers are ours.
Graph draw_graph(int64_t nodes, int64_t min_neighbours, int64_t max_neighbours, Random& random);

/// A walk of `steps` triples from a node chosen at random, each step equally likely to take any of the edges
/// that leave. Walks that run into a node without any are drawn again; empty when that happens a thousand
/// times.
std::vector<Triple> random_walk(const std::vector<std::vector<Triple>>& outgoing, int64_t steps,
                                Random& random);

}  // namespace mneme
