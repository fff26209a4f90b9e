#include "mneme/tasks/graph/shortest_path.h"

#include <algorithm>
#include <set>

#include "graph_checks.h"
#include "mneme/tasks/graph/paths.h"

namespace mneme {
namespace {

/// Distances by relaxing every edge as often as there are nodes (Bellman and Ford).
std::map<int64_t, int64_t> distances_to(int64_t goal, const std::vector<Triple>& triples) {
  std::map<int64_t, int64_t> distance = {{goal, 0}};
  for (size_t round = 0; round < triples.size(); ++round)
    for (const Triple& triple : triples) {
      const auto there = distance.find(triple.destination);
      if (there == distance.end()) continue;
      const auto [here, isnew] = distance.emplace(triple.source, there->second + 1);
      if (!isnew) here->second = std::min(here->second, there->second + 1);
    }
  return distance;
}

TEST(PathsTo, AgreeWithAnIndependentCount) {
  Random random(1);
  for (int64_t draw = 0; draw < 30; ++draw) {
    const Graph graph = random_graph({12, 1, 3, 5}, random);
    const PathsTo paths(graph.triples, 4);
    const auto expected = distances_to(4, graph.triples);
    for (int64_t node = 0; node < 12; ++node) {
      ASSERT_EQ(paths.distance(node), expected.contains(node) ? expected.at(node) : kBlank);
      for (const Triple& triple : paths.optimal(node))
        ASSERT_EQ(expected.at(triple.destination), expected.at(node) - 1);
      ASSERT_EQ(paths.optimal(node).empty(), !expected.contains(node) || node == 4);
    }
  }
}

TEST(PathsTo, TellsShortestWalks) {
  // 1 → 2 → 4 and 1 → 3 → 4, 1 → 5 → 2 → 4; 6 leads nowhere near.
  const std::vector<Triple> graph = {{1, 0, 2}, {2, 0, 4}, {1, 1, 3}, {3, 0, 4},
                                     {1, 2, 5}, {5, 0, 2}, {4, 0, 6}};
  const PathsTo paths(graph, 4);
  EXPECT_TRUE(paths.shortest(1, {{1, 0, 2}, {2, 0, 4}}));
  EXPECT_TRUE(paths.shortest(1, {{1, 1, 3}, {3, 0, 4}}));
  EXPECT_FALSE(paths.shortest(1, {{1, 2, 5}, {5, 0, 2}, {2, 0, 4}}));  // longer
  EXPECT_FALSE(paths.shortest(1, {{1, 0, 2}}));                        // stops before the goal
  EXPECT_FALSE(paths.shortest(1, {{1, 0, 2}, {3, 0, 4}}));             // jumps
  EXPECT_FALSE(paths.shortest(1, {{1, 7, 2}, {2, 0, 4}}));             // no such edge
  EXPECT_EQ(paths.leaving(6), std::vector<Triple>{});
  EXPECT_EQ(paths.leaving(1).size(), 3u);
}

TEST(ShortestPath, TrainsOnTheMapUnderFreshLabels) {
  const std::string map = MNEME_SOURCE_DIR "/maps/london-centre.txt";
  ShortestPathTask task(settings_of({{"map", map}, {"train_on_map", true}, {"max_steps", int64_t{4}}}));
  Random random(9);
  std::set<std::vector<int64_t>> codes;
  std::set<size_t> lengths;
  for (int64_t draw = 0; draw < 40; ++draw) {
    const GraphEpisode episode = read_episode(task.sample(1, random), 0);
    EXPECT_EQ(episode.description.size(), 84u);
    std::vector<int64_t> sources;
    for (const Triple& triple : episode.description) sources.push_back(triple.source);
    std::ranges::sort(sources);
    codes.insert(sources);
    lengths.insert(episode.questions.front().answer.size());
  }
  EXPECT_EQ(codes.size(), 40u);
  EXPECT_EQ(lengths, (std::set<size_t>{1, 2, 3, 4}));
  EXPECT_EQ(error_text<UsageError>([] { ShortestPathTask(settings_of({{"train_on_map", true}})); }),
            "test.toml:1:1: task.train_on_map is true, expected task.map to name one");
}

TEST(ShortestPath, TheDrawnAnswerIsAShortestPath) {
  ShortestPathTask task({});
  Random random(2);
  std::set<size_t> lengths;
  for (const double difficulty : {0.0, 0.5, 1.0}) {
    task.set_difficulty(difficulty);
    for (int64_t draw = 0; draw < 30; ++draw) {
      const Batch batch = task.sample(2, random);
      expect_well_formed(batch, task.sizes());
      for (int64_t i = 0; i < 2; ++i) {
        const GraphEpisode episode = read_episode(batch, i);
        ASSERT_EQ(episode.questions.size(), 1u);
        const Question& question = episode.questions.front();
        ASSERT_EQ(question.query.size(), 1u);
        EXPECT_EQ(question.query.front().edge, kBlank);
        EXPECT_EQ(question.planning, 10);
        const auto distance = distances_to(question.query.front().destination, episode.description);
        ASSERT_EQ(static_cast<int64_t>(question.answer.size()), distance.at(question.query.front().source));
        EXPECT_EQ(question.shown.front(), Triple{});
        for (size_t k = 1; k < question.shown.size(); ++k)
          EXPECT_EQ(question.shown[k], question.answer[k - 1]);
        lengths.insert(question.answer.size());
      }
    }
  }
  EXPECT_EQ(lengths, (std::set<size_t>{1, 2, 3, 4, 5}));
}

TEST(ShortestPath, AnyShortestPathIsRight) {
  // Two ways from 1 to 4.
  const std::vector<Triple> graph = {{1, 10, 2}, {2, 10, 4}, {1, 11, 3}, {3, 10, 4}, {4, 10, 1}};
  const Batch batch = make_batch({{graph, {path_question({{1, 10, 2}, {2, 10, 4}}, 10)}}});
  const ShortestPathTask task({});
  const auto error = [&](const std::vector<Triple>& given) {
    const at::Tensor logits = torch::zeros({1, batch.mask.size(1), kTripleInputs});
    const int64_t first = read_episode(batch, 0).questions.front().answer_step;
    for (size_t k = 0; k < given.size(); ++k)
      write_triple(given[k], logits[0][first + static_cast<int64_t>(k)].data_ptr<float>());
    return task.score(batch, logits).figures.at("error_percent").value();
  };
  EXPECT_EQ(error({{1, 10, 2}, {2, 10, 4}}), 0);
  EXPECT_EQ(error({{1, 11, 3}, {3, 10, 4}}), 0);
  EXPECT_EQ(error({{1, 11, 3}, {2, 10, 4}}), 100);
  EXPECT_EQ(error({{1, 12, 4}, {4, 10, 1}}), 100);
  EXPECT_FALSE(task.score(batch, torch::zeros({1, batch.mask.size(1), kTripleInputs}))
                   .figures.contains("wrong_triples_percent"));
}

TEST(ShortestPath, SaysHowItIsPlayed) {
  const ShortestPathTask task(settings_of({{"optimal_share", 0.7}, {"beam_width", int64_t{10}}}));
  ASSERT_TRUE(task.interaction().has_value());
  EXPECT_EQ(task.interaction()->optimal_share, 0.7);
  EXPECT_EQ(task.interaction()->beam_width, 10);
}

TEST(GraphEpisode, RanksTriplesByTheirProbability) {
  torch::manual_seed(3);
  const at::Tensor logits = torch::randn({kTripleInputs});
  const auto ranked = most_likely_triples(logits.const_data_ptr<float>(), 20);
  ASSERT_EQ(ranked.size(), 20u);
  EXPECT_EQ(ranked.front().triple, most_likely_triple(logits.const_data_ptr<float>()));
  for (size_t i = 0; i < ranked.size(); ++i) {
    EXPECT_NEAR(ranked[i].cost_nats, triple_cost_nats(logits.const_data_ptr<float>(), ranked[i].triple),
                1e-6);
    if (i > 0) {
      EXPECT_GE(ranked[i].cost_nats, ranked[i - 1].cost_nats);
    }
  }
}

}  // namespace
}  // namespace mneme
