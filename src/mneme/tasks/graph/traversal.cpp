#include "mneme/tasks/graph/traversal.h"

namespace mneme {
namespace {

struct WalkLesson {
  int64_t nodes, min_neighbours, max_neighbours, steps, questions;
};

/// `questions` random walks, about a graph with fresh codes.
GraphEpisode draw_episode(const Graph& graph, int64_t steps, int64_t questions, Random& random) {
  const LabelCodes codes = draw_codes(graph, random);
  const auto outgoing = outgoing_triples(graph);
  GraphEpisode episode;
  episode.description = draw_description(graph, codes, random);
  for (int64_t i = 0; i < questions; ++i) {
    const auto walk = random_walk(outgoing, steps, random);
    if (walk.empty())
      throw UsageError("graph-traversal: the graph has no walk of " + std::to_string(steps) + " steps");
    episode.questions.push_back(walk_question(codes.encode(walk)));
  }
  return episode;
}

Batch draw_walks(const WalkLesson& lesson, int64_t batch_size, Random& random) {
  std::vector<GraphEpisode> episodes(static_cast<size_t>(batch_size));
  for (GraphEpisode& episode : episodes) {
    const Graph graph = draw_graph(lesson.nodes, lesson.min_neighbours, lesson.max_neighbours, random);
    episode = draw_episode(graph, lesson.steps, lesson.questions, random);
  }
  return make_batch(episodes);
}

}  // namespace

Question walk_question(const std::vector<Triple>& walk) {
  Question question;
  question.answer = walk;
  for (const Triple& step : walk)
    question.query.push_back({question.query.empty() ? step.source : kBlank, step.edge, kBlank});
  return question;
}

TraversalTask::TraversalTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  require_ordered(settings, "min_nodes", options_.min_nodes, "max_nodes", options_.max_nodes);
  require_ordered(settings, "min_neighbours", options_.min_neighbours, "max_neighbours",
                  options_.max_neighbours);
  map_ = test_graph(options_.map, /*family=*/false);
}

std::vector<TestSetting> TraversalTask::test_settings() const {
  if (map_) return {{{{"stations", map_->graph.nodes}, {"steps", options_.max_steps}}}};
  return {{{{"nodes", options_.max_nodes}, {"steps", options_.max_steps}}}};
}

Batch TraversalTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  const auto& limits = options_;
  const int64_t nodes =
      random.integer(limits.min_nodes, upper_end(limits.min_nodes, limits.max_nodes, difficulty));
  const int64_t neighbours = upper_end(limits.min_neighbours, limits.max_neighbours, difficulty);
  const int64_t steps = random.integer(1, upper_end(1, limits.max_steps, difficulty));
  return draw_walks({nodes, limits.min_neighbours, neighbours, steps, limits.questions}, batch_size, random);
}

Batch TraversalTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  const int64_t steps = setting_value(setting, name(), "steps");
  if (map_) {
    std::vector<GraphEpisode> episodes(static_cast<size_t>(batch_size));
    for (GraphEpisode& episode : episodes) episode = draw_episode(map_->graph, steps, 1, random);
    return make_batch(episodes);
  }
  const int64_t nodes = nodes_of(setting, name());
  return draw_walks({nodes, options_.min_neighbours, options_.max_neighbours, steps, 1}, batch_size, random);
}

}  // namespace mneme
