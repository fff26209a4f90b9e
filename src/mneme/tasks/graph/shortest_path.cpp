#include "mneme/tasks/graph/shortest_path.h"

#include <utility>

#include "mneme/tasks/graph/paths.h"

namespace mneme {
namespace {

struct PathLesson {
  int64_t nodes, min_neighbours, max_neighbours, steps, planning;
};

template <class T>
T pick(const std::vector<T>& from, Random& random) {
  return from[static_cast<size_t>(random.integer(0, static_cast<int64_t>(from.size()) - 1))];
}

std::vector<Triple> draw_optimal_walk(const PathsTo& paths, int64_t start, Random& random) {
  std::vector<Triple> path;
  for (int64_t here = start; paths.distance(here) > 0; here = path.back().destination)
    path.push_back(pick(paths.optimal(here), random));
  return path;
}

/// A path of `steps` edges between two nodes, or of the most below that the graph has.
std::vector<Triple> draw_path(const Graph& graph, int64_t steps, Random& random) {
  std::vector<std::pair<int64_t, int64_t>> pairs;  // start, goal: at the greatest distance up to `steps`
  int64_t greatest = 1;
  std::vector<PathsTo> paths;
  for (int64_t goal = 0; goal < graph.nodes; ++goal) {
    paths.emplace_back(graph.triples, goal);
    for (int64_t start = 0; start < graph.nodes; ++start) {
      const int64_t distance = paths.back().distance(start);
      if (distance < greatest || distance > steps) continue;
      if (distance > greatest) pairs.clear();
      greatest = distance;
      pairs.emplace_back(start, goal);
    }
  }
  const auto [start, goal] = pick(pairs, random);
  return draw_optimal_walk(paths[static_cast<size_t>(goal)], start, random);
}

/// A path from any node to any other from which it can be reached.
std::vector<Triple> draw_any_path(const Graph& graph, Random& random) {
  while (true) {
    const int64_t goal = random.integer(0, graph.nodes - 1), start = random.integer(0, graph.nodes - 1);
    auto path = draw_optimal_walk(PathsTo(graph.triples, goal), start, random);
    if (!path.empty()) return path;
  }
}

GraphEpisode episode_of(const Graph& graph, const std::vector<Triple>& path, int64_t planning,
                        Random& random) {
  const LabelCodes codes = draw_codes(graph, random);
  return {draw_description(graph, codes, random), {path_question(codes.encode(path), planning)}};
}

Batch draw_paths(const PathLesson& lesson, int64_t batch_size, Random& random) {
  std::vector<GraphEpisode> episodes(static_cast<size_t>(batch_size));
  for (GraphEpisode& episode : episodes) {
    const Graph graph = draw_graph(lesson.nodes, lesson.min_neighbours, lesson.max_neighbours, random);
    episode = episode_of(graph, draw_path(graph, lesson.steps, random), lesson.planning, random);
  }
  return make_batch(episodes);
}

}  // namespace

Question path_question(const std::vector<Triple>& path, int64_t planning) {
  Question question;
  question.query = {{path.front().source, kBlank, path.back().destination}};
  question.planning = planning;
  question.answer = path;
  question.shown = {Triple{}};
  question.shown.insert(question.shown.end(), path.begin(), path.end() - 1);
  return question;
}

ShortestPathTask::ShortestPathTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  require_ordered(settings, "min_nodes", options_.min_nodes, "max_nodes", options_.max_nodes);
  require_ordered(settings, "min_neighbours", options_.min_neighbours, "max_neighbours",
                  options_.max_neighbours);
  map_ = test_graph(options_.map, /*family=*/false);
  if (options_.train_on_map && !map_)
    throw UsageError(settings.at("train_on_map").origin + ": task.train_on_map is true, expected task.map to name one");
}

std::vector<TestSetting> ShortestPathTask::test_settings() const {
  if (map_) return {{{{"stations", map_->graph.nodes}}}};
  return {{{{"nodes", options_.max_nodes}, {"steps", options_.max_steps}}}};
}

std::optional<Interaction> ShortestPathTask::interaction() const {
  return Interaction{options_.optimal_share, options_.beam_width};
}

Batch ShortestPathTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  const auto& limits = options_;
  const int64_t nodes =
      random.integer(limits.min_nodes, upper_end(limits.min_nodes, limits.max_nodes, difficulty));
  const int64_t neighbours = upper_end(limits.min_neighbours, limits.max_neighbours, difficulty);
  const int64_t steps = random.integer(1, upper_end(1, limits.max_steps, difficulty));
  if (limits.train_on_map) {
    std::vector<GraphEpisode> episodes(static_cast<size_t>(batch_size));
    for (GraphEpisode& episode : episodes)
      episode = episode_of(map_->graph, draw_path(map_->graph, steps, random), limits.planning, random);
    return make_batch(episodes);
  }
  return draw_paths({nodes, limits.min_neighbours, neighbours, steps, limits.planning}, batch_size, random);
}

Batch ShortestPathTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  if (map_) {
    std::vector<GraphEpisode> episodes(static_cast<size_t>(batch_size));
    for (GraphEpisode& episode : episodes)
      episode = episode_of(map_->graph, draw_any_path(map_->graph, random), options_.planning, random);
    return make_batch(episodes);
  }
  const int64_t nodes = nodes_of(setting, name());
  const int64_t steps = setting_value(setting, name(), "steps");
  return draw_paths({nodes, options_.min_neighbours, options_.max_neighbours, steps, options_.planning},
                    batch_size, random);
}

bool ShortestPathTask::right(const GraphEpisode& episode, const Question& question,
                             const std::vector<Triple>& given) const {
  const Triple& asked = question.query.front();
  return PathsTo(episode.description, asked.destination).shortest(asked.source, given);
}

}  // namespace mneme
