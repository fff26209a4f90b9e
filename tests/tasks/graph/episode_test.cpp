#include "mneme/tasks/graph/episode.h"

#include <cmath>
#include <set>

#include "graph_checks.h"

namespace mneme {
namespace {

/// Two triples, a query of two, `planning` empty steps, an answer of two.
GraphEpisode small_episode(int64_t planning, std::vector<Triple> shown) {
  Question question{
      {{7, 1, kBlank}, {kBlank, 2, kBlank}}, planning, {{7, 1, 805}, {805, 2, 7}}, std::move(shown)};
  return {{{805, 2, 7}, {7, 1, 805}}, {question}};
}

TEST(GraphEpisode, ALabelIsThreeDigitsOneHot) {
  const Batch batch = make_batch({small_episode(0, {})});
  const at::Tensor set = batch.inputs[0][0].nonzero().flatten();
  // 805, 002, 007: ten inputs a digit.
  EXPECT_TRUE(set.equal(torch::tensor({8, 10, 25, 30, 40, 52, 60, 70, 87}, torch::kLong))) << set;
  EXPECT_TRUE(batch.targets[0][5].equal(torch::tensor({8, 0, 5, 0, 0, 2, 0, 0, 7}, torch::kLong)));
  // A blank is all zeros: the second triple of the query has an edge alone.
  EXPECT_TRUE(batch.inputs[0][3].nonzero().flatten().equal(torch::tensor({30, 40, 52}, torch::kLong)));
}

TEST(GraphEpisode, TwoChannelsTellThePhases) {
  const Batch batch = make_batch({small_episode(0, {}), small_episode(3, {})});
  expect_well_formed(batch, graph_task_sizes());
  const auto steps_of = [&](int64_t sequence, int64_t channel) {
    const at::Tensor steps = batch.inputs[sequence].select(1, channel).nonzero().flatten().to(torch::kLong);
    return std::vector<int64_t>(steps.const_data_ptr<int64_t>(),
                                steps.const_data_ptr<int64_t>() + steps.numel());
  };
  using Steps = std::vector<int64_t>;
  EXPECT_EQ(steps_of(0, kTransitionChannel), (Steps{2, 4}));
  EXPECT_EQ(steps_of(0, kAnswerChannel), (Steps{4, 5}));
  EXPECT_EQ(steps_of(1, kTransitionChannel), (Steps{2, 4, 7}));
  EXPECT_EQ(steps_of(1, kAnswerChannel), (Steps{7, 8}));
  EXPECT_EQ(batch.lengths[0].item<int64_t>(), 6);
  EXPECT_EQ(batch.inputs[1].slice(0, 4).slice(1, 0, kTripleInputs).count_nonzero().item<int64_t>(), 0);
}

TEST(GraphEpisode, TheWorkingIsDueInTheFirstPlanningSteps) {
  GraphEpisode episode = small_episode(3, {});
  episode.questions.front().working = {{1, 2, 3}, {3, 4, 5}};
  const Batch batch = make_batch({episode});
  const at::Tensor due = batch.mask[0].nonzero().flatten();
  EXPECT_TRUE(due.equal(torch::tensor({4, 5, 7, 8}, torch::kLong))) << due;  // planning begins at step 4
  EXPECT_TRUE(batch.targets[0][5].equal(torch::tensor({0, 0, 3, 0, 0, 4, 0, 0, 5}, torch::kLong)));
  EXPECT_EQ(batch.inputs[0].slice(0, 5, 7).count_nonzero().item<int64_t>(), 0);
  const Question read = read_episode(batch, 0).questions.front();
  EXPECT_EQ(read.working, episode.questions.front().working);
  EXPECT_EQ(read.answer, episode.questions.front().answer);
}

TEST(GraphEpisode, IsReadBackAsItWasWritten) {
  GraphEpisode two = small_episode(10, {{}, {7, 1, 805}});
  two.questions.push_back(small_episode(0, {}).questions.front());
  const Batch batch = make_batch({small_episode(0, {}), two});
  const GraphEpisode read = read_episode(batch, 1);
  EXPECT_EQ(read.description, two.description);
  ASSERT_EQ(read.questions.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read.questions[i].query, two.questions[i].query);
    EXPECT_EQ(read.questions[i].planning, two.questions[i].planning);
    EXPECT_EQ(read.questions[i].answer, two.questions[i].answer);
  }
  EXPECT_TRUE(read.questions[0].working.empty());
  EXPECT_EQ(read.questions[0].shown, two.questions[0].shown);
  EXPECT_EQ(read.questions[1].shown, std::vector<Triple>(2));
  EXPECT_EQ(read.questions[0].answer_step, 14);
  EXPECT_EQ(read.questions[1].query_step, 16);
  EXPECT_EQ(read.questions[1].answer_step, 18);
  EXPECT_EQ(read.steps(), 20);
  EXPECT_EQ(read_episode(batch, 0).questions.size(), 1u);
}

TEST(GraphEpisode, TheLargestLogitOfEachDigitIsTheAnswer) {
  const Batch batch = make_batch({small_episode(0, {})});
  const at::Tensor logits = certain_digits(batch);
  EXPECT_EQ(most_likely_triple(logits[0][4].const_data_ptr<float>()), (Triple{7, 1, 805}));
  EXPECT_NEAR(triple_cost_nats(logits[0][4].const_data_ptr<float>(), {7, 1, 805}), 0, 1e-9);
  EXPECT_NEAR(triple_cost_nats(logits[0][4].const_data_ptr<float>(), {7, 1, 806}), 200, 1e-4);
  const at::Tensor even = torch::zeros({kTripleInputs});
  EXPECT_NEAR(triple_cost_nats(even.const_data_ptr<float>(), {1, 2, 3}), 9 * std::log(10), 1e-5);
}

TEST(LabelCodes, AreDistinctAndDrawnAfresh) {
  Random random(8);
  const Graph graph = random_graph({40, 2, 4, 12}, random);
  const LabelCodes codes = draw_codes(graph, random), other = draw_codes(graph, random);
  EXPECT_NE(codes.nodes, other.nodes);
  EXPECT_NE(codes.edges, other.edges);
  EXPECT_EQ(std::set<int64_t>(codes.nodes.begin(), codes.nodes.end()).size(), 40u);
  EXPECT_EQ(std::set<int64_t>(codes.edges.begin(), codes.edges.end()).size(), 12u);
  for (const int64_t code : codes.nodes) EXPECT_TRUE(code >= 0 && code < kLabelCodes);
  const Triple coded = codes.encode(graph.triples.front());
  EXPECT_EQ(coded.edge, codes.edges[static_cast<size_t>(graph.triples.front().edge)]);
  EXPECT_EQ(codes.encode(Triple{kBlank, 0, kBlank}), (Triple{kBlank, codes.edges[0], kBlank}));
}

TEST(LabelCodes, ThereAreAThousand) {
  Random random(8);
  const auto all = draw_codes({1000, 1, {}}, random).nodes;
  EXPECT_EQ(std::set<int64_t>(all.begin(), all.end()).size(), 1000u);
  EXPECT_EQ(error_text<Error>([&] {
              draw_codes({1001, 2, {}}, random);
            }),
            "draw_codes: the graph has 1001 nodes and 2 edge labels, expected at most 1000 of each");
}

}  // namespace
}  // namespace mneme
