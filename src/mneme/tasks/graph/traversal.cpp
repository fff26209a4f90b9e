#include "mneme/tasks/graph/traversal.h"

namespace mneme {
namespace {

constexpr int64_t kLabelsPerNeighbour = 4;  // edge labels of a graph, at most, for each neighbour

struct Lesson {
  int64_t nodes, min_neighbours, max_neighbours, steps, questions;
};

GraphEpisode draw_episode(const Lesson& lesson, Random& random) {
  const int64_t labels = random.integer(lesson.max_neighbours, kLabelsPerNeighbour * lesson.max_neighbours);
  const Graph graph =
      random_graph({lesson.nodes, lesson.min_neighbours, lesson.max_neighbours, labels}, random);
  const LabelCodes codes = draw_codes(graph, random);
  const auto outgoing = outgoing_triples(graph);
  GraphEpisode episode;
  episode.description = draw_description(graph, codes, random);
  for (int64_t i = 0; i < lesson.questions; ++i) {
    Question question;
    question.answer = codes.encode(random_walk(outgoing, lesson.steps, random));
    for (const Triple& step : question.answer)
      question.query.push_back({question.query.empty() ? step.source : kBlank, step.edge, kBlank});
    episode.questions.push_back(std::move(question));
  }
  return episode;
}

Batch draw_batch(const Lesson& lesson, int64_t batch_size, Random& random) {
  std::vector<GraphEpisode> episodes(static_cast<size_t>(batch_size));
  for (GraphEpisode& episode : episodes) episode = draw_episode(lesson, random);
  return make_batch(episodes);
}

}  // namespace

TraversalTask::TraversalTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  require_ordered(settings, "min_nodes", options_.min_nodes, "max_nodes", options_.max_nodes);
  require_ordered(settings, "min_neighbours", options_.min_neighbours, "max_neighbours", options_.max_neighbours);
}

std::vector<TestSetting> TraversalTask::test_settings() const {
  return {{{{"nodes", options_.max_nodes}, {"steps", options_.max_steps}}}};
}

Batch TraversalTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  const auto& limits = options_;
  const int64_t nodes =
      random.integer(limits.min_nodes, upper_end(limits.min_nodes, limits.max_nodes, difficulty));
  const int64_t neighbours = upper_end(limits.min_neighbours, limits.max_neighbours, difficulty);
  const int64_t steps = random.integer(1, upper_end(1, limits.max_steps, difficulty));
  return draw_batch({nodes, limits.min_neighbours, neighbours, steps, limits.questions}, batch_size, random);
}

Batch TraversalTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  const int64_t nodes = setting_value(setting, name(), "nodes");
  const int64_t steps = setting_value(setting, name(), "steps");
  if (nodes < 2 || nodes > kLabelCodes)
    throw UsageError(name() + ": the test setting has nodes " + std::to_string(nodes) + ", expected 2 to " +
                     std::to_string(kLabelCodes));
  return draw_batch({nodes, options_.min_neighbours, options_.max_neighbours, steps, 1}, batch_size, random);
}

}  // namespace mneme
