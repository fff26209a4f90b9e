#include "mneme/tasks/graph/traversal.h"

#include <algorithm>
#include <set>

#include "graph_checks.h"

namespace mneme {
namespace {

using Row = std::map<std::string, int64_t>;

int64_t nodes_of(const GraphEpisode& episode) {
  std::set<int64_t> nodes;
  for (const Triple& triple : episode.description) nodes.insert(triple.source);
  return static_cast<int64_t>(nodes.size());
}

TEST(Traversal, BatchesAreWellFormed) {
  TraversalTask task({});
  Random random(1);
  for (const double difficulty : {0.0, 0.4, 1.0}) {
    task.set_difficulty(difficulty);
    for (const int64_t size : {1, 7}) expect_well_formed(task.sample(size, random), task.sizes());
  }
  for (const Batch& batch : task.test(task.test_settings().front(), 5, 2, random))
    expect_well_formed(batch, task.sizes());
}

TEST(Traversal, TheAnswerIsTheOnlyWalkThatTheQueryNames) {
  const TraversalTask task(settings_of({{"questions", int64_t{2}}}));
  Random random(2);
  for (int64_t draw = 0; draw < 40; ++draw) {
    const Batch batch = task.sample(3, random);
    for (int64_t i = 0; i < 3; ++i) {
      const GraphEpisode episode = read_episode(batch, i);
      ASSERT_EQ(episode.questions.size(), 2u);
      for (const Question& question : episode.questions) {
        ASSERT_EQ(question.query.size(), question.answer.size());
        int64_t here = question.query.front().source;
        for (size_t k = 0; k < question.query.size(); ++k) {
          ASSERT_EQ(question.query[k].destination, kBlank);
          ASSERT_EQ(question.query[k].source, k == 0 ? here : kBlank);
          std::vector<Triple> fitting;
          for (const Triple& triple : episode.description)
            if (triple.source == here && triple.edge == question.query[k].edge) fitting.push_back(triple);
          ASSERT_EQ(fitting, std::vector<Triple>{question.answer[k]});
          here = fitting.front().destination;
        }
      }
    }
  }
}

TEST(Traversal, DifficultyGrowsGraphsAndWalks) {
  TraversalTask task({});
  Random random(3);
  const auto largest = [&](double difficulty) {
    task.set_difficulty(difficulty);
    int64_t nodes = 0, steps = 0;
    for (int64_t draw = 0; draw < 300; ++draw) {
      const GraphEpisode episode = read_episode(task.sample(1, random), 0);
      nodes = std::max(nodes, nodes_of(episode));
      steps = std::max(steps, static_cast<int64_t>(episode.questions.front().answer.size()));
    }
    return std::pair(nodes, steps);
  };
  EXPECT_EQ(largest(0), (std::pair<int64_t, int64_t>(3, 1)));
  EXPECT_EQ(largest(0.5), (std::pair<int64_t, int64_t>(17, 6)));
  EXPECT_EQ(largest(1), (std::pair<int64_t, int64_t>(30, 10)));
}

TEST(Traversal, TheTestIsTheLargestGraphsAndLongestWalks) {
  const TraversalTask task(settings_of({{"questions", int64_t{3}}}));
  ASSERT_EQ(task.test_settings().size(), 1u);
  EXPECT_EQ(task.test_settings().front().values, (Row{{"nodes", 30}, {"steps", 10}}));
  Random random(4);
  const GraphEpisode episode =
      read_episode(task.test({{{"nodes", 12}, {"steps", 5}}}, 1, 1, random).front(), 0);
  EXPECT_EQ(nodes_of(episode), 12);
  ASSERT_EQ(episode.questions.size(), 1u);
  EXPECT_EQ(episode.questions.front().answer.size(), 5u);
}

TEST(Traversal, AQuestionIsRightWhenEveryTripleIs) {
  const TraversalTask task({});
  Random random(5);
  const Batch batch = task.test({{{"nodes", 6}, {"steps", 4}}}, 5, 5, random).front();
  at::Tensor logits = certain_digits(batch);
  const auto figure = [&](const std::string& name) {
    return task.score(batch, logits).figures.at(name).value();
  };
  EXPECT_EQ(figure("error_percent"), 0);
  EXPECT_EQ(figure("accuracy_percent"), 100);
  EXPECT_NEAR(figure("nats_per_answer"), 0, 1e-9);

  // Two wrong triples in one answer and one in another.
  const auto first = [&](int64_t i) { return read_episode(batch, i).questions.front().answer_step; };
  spoil_step(logits, 1, first(1));
  spoil_step(logits, 1, first(1) + 2);
  spoil_step(logits, 4, first(4) + 3);
  EXPECT_DOUBLE_EQ(figure("error_percent"), 40);
  EXPECT_DOUBLE_EQ(figure("accuracy_percent"), 60);
  EXPECT_DOUBLE_EQ(figure("wrong_triples_percent"), 15);
  EXPECT_NEAR(figure("nats_per_answer"), 3 * 200 / 20.0, 1e-4);
  EXPECT_NE(error_text<Error>([&] {
              task.score(batch, torch::zeros({5, batch.mask.size(1), 3}));
            }).find("score: logits is [5, "),
            std::string::npos);
}

TEST(Traversal, RefusesRangesThatAreNotInOrder) {
  EXPECT_EQ(error_text<UsageError>([] {
              TraversalTask(settings_of({{"max_nodes", int64_t{2}}}));
            }),
            "test.toml:1:1: task.min_nodes is 3, expected at most task.max_nodes, which is 2");
  const TraversalTask task({});
  Random random(1);
  EXPECT_EQ(error_text<UsageError>([&] {
              task.test({{{"nodes", 1}, {"steps", 5}}}, 1, 1, random);
            }),
            "graph-traversal: the test setting has nodes 1, expected 2 to 1000");
}

TEST(Traversal, PrintsAsAPersonWouldWrite) {
  const TraversalTask task({});
  Random random(6);
  const Batch batch = task.test({{{"nodes", 3}, {"steps", 3}}}, 1, 1, random).front();
  const std::string text = R"(graph-traversal: a graph of 6 triples
       (604, 882, 108) (108, 054, 604) (108, 595, 969) (969, 125, 604) (604, 945, 969)
       (969, 945, 108)
asked  (604, 945, _) (_, 945, _) (_, 054, _)
answer (604, 945, 969) (969, 945, 108) (108, 054, 604)
)";
  EXPECT_EQ(task.print(batch, 0, {}), text);
  at::Tensor logits = certain_digits(batch);
  EXPECT_EQ(task.print(batch, 0, logits), text + "given  the same\n");
  spoil_step(logits, 0, read_episode(batch, 0).questions.front().answer_step + 1);
  EXPECT_EQ(task.print(batch, 0, logits), text + "given  (604, 945, 969) (969, 945, 109) (108, 054, 604)\n");
}

}  // namespace
}  // namespace mneme
