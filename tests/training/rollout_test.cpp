#include "mneme/training/rollout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <span>

#include "mneme/tasks/graph/paths.h"
#include "mneme/tasks/graph/shortest_path.h"
#include "mneme/training/evaluate.h"

namespace mneme {
namespace {

/// What one answer step of the model below is given to decide by.
struct Place {
  const GraphEpisode& episode;
  int64_t here;  // where the walk is
  Triple last;   // the triple shown at this step, blank at the first
  bool starts() const { return last.source == kBlank; }
  bool last_is_an_edge() const {
    return std::ranges::find(episode.description, last) != episode.description.end();
  }
};

/// A model that remembers all it was shown, and at each answer step writes its logits [90] by a function.
class Player : public SequenceModel {
 public:
  using Decide = std::function<void(const Place&, float* logits)>;
  explicit Player(Decide decide) : decide_(std::move(decide)) {}

  Prediction forward(const Sequences& given) override {
    std::vector<at::Tensor> state;
    return {advance(state, given.inputs, given.lengths), {}, {}};
  }

  at::Tensor advance(std::vector<at::Tensor>& state, const at::Tensor& inputs,
                     const at::Tensor& lengths) override {
    const int64_t count = inputs.size(0), time = inputs.size(1);
    if (state.empty()) state = {at::zeros({count, 200, kGraphFeatures}), at::zeros({count}, at::kLong)};
    const at::Tensor logits = at::zeros({count, time, kTripleInputs});
    for (int64_t i = 0; i < count; ++i) {
      const int64_t own = lengths.defined() ? lengths[i].item<int64_t>() : time;
      for (int64_t step = 0; step < own; ++step) {
        const int64_t seen = state[1][i].item<int64_t>();
        state[0][i][seen].copy_(inputs[i][step]);
        state[1][i] = seen + 1;
        if (inputs[i][step][kAnswerChannel].item<float>() > 0) decide(state, i, logits[i][step]);
      }
    }
    return logits;
  }

  std::string model_name() const override { return "player"; }
  std::vector<OptionInfo> model_options() const override { return {}; }
  int64_t multiply_adds_per_step() const override { return 0; }

 private:
  void decide(const std::vector<at::Tensor>& state, int64_t sequence, const at::Tensor& logits) {
    const Batch history{
        {state[0].narrow(0, sequence, 1).contiguous(), state[1].narrow(0, sequence, 1).contiguous(), {}, {}},
        at::zeros({1, 200, kTripleDigits}, at::kLong),
        {}};
    const GraphEpisode episode = read_episode(history, 0);
    const Question& question = episode.questions.front();
    const Triple& last = question.shown.back();
    decide_({episode, last.source == kBlank ? question.query.front().source : last.destination, last},
            logits.data_ptr<float>());
  }
  Decide decide_;
};

void favour(const Triple& triple, float strength, float* logits) {
  const at::Tensor set = at::zeros({kTripleInputs});
  write_triple(triple, set.data_ptr<float>());
  for (int64_t i = 0; i < kTripleInputs; ++i) logits[i] += strength * set[i].item<float>();
}

PathsTo guide_of(const Place& place) {
  return PathsTo(place.episode.description, place.episode.questions.front().query.front().destination);
}

/// Knows shortest paths; of several the one of its taste.
Player::Decide oracle(bool last) {
  return [last](const Place& place, float* logits) {
    const auto optimal = guide_of(place).optimal(place.here);
    if (!optimal.empty()) favour(last ? optimal.back() : optimal.front(), 50, logits);
  };
}

/// The edge that is farthest off a shortest path, with all confidence.
void stray(const Place& place, float* logits) {
  const PathsTo guide = guide_of(place);
  const auto& leaving = guide.leaving(place.here);
  favour(*std::ranges::max_element(leaving, {},
                                   [&](const Triple& each) { return guide.distance(each.destination); }),
         50, logits);
}

Settings settings(int64_t beam_width) {
  return {{"max_nodes", {int64_t{8}, "test"}},
          {"max_steps", {int64_t{4}, "test"}},
          {"planning", {int64_t{2}, "test"}},
          {"beam_width", {beam_width, "test"}}};
}

double error_percent(SequenceModel& model, const Task& task) {
  const auto rows = evaluate(model, task, 20, 7, 3);
  return rows.front().figures.at("error_percent");
}

TEST(Rollout, AnOracleIsAlwaysRightWhicheverShortestPathItTakes) {
  for (const bool last : {false, true})
    for (const int64_t width : {1, 3}) {
      Player model(oracle(last));
      EXPECT_EQ(error_percent(model, ShortestPathTask(settings(width))), 0);
    }
}

TEST(Rollout, WhoStraysIsWrong) {
  Player model(stray);
  EXPECT_GT(error_percent(model, ShortestPathTask(settings(1))), 80);
  Player silent([](const Place&, float*) {});
  EXPECT_EQ(error_percent(silent, ShortestPathTask(settings(1))), 100);
}

TEST(Rollout, ABeamFindsWhatTheFirstStepHides) {
  // At the first step another edge is slightly likelier; after it, nothing is known.
  const auto tempted = [](const Place& place, float* logits) {
    if (place.starts()) {
      const auto optimal = guide_of(place).optimal(place.here);
      favour(optimal.front(), 20, logits);
      for (const Triple& each : place.episode.description)
        if (each.source == place.here && std::ranges::find(optimal, each) == optimal.end())
          return favour(each, 20.5, logits);
      return;
    }
    if (place.last_is_an_edge() && guide_of(place).distance(place.here) == 1) oracle(false)(place, logits);
  };
  const auto two_steps = [](int64_t width) {
    Settings chosen = settings(width);
    chosen["max_steps"] = {int64_t{2}, "test"};
    return ShortestPathTask(chosen);
  };
  // The nine digits of the two triples differ in up to six: the mixtures of both lie between them.
  constexpr int64_t kWide = 200;
  Player model(tempted);
  EXPECT_GT(error_percent(model, two_steps(1)), 20);
  EXPECT_EQ(error_percent(model, two_steps(kWide)), 0);
}

TEST(Rollout, TrainingGoesOnFromWhereTheModelWent) {
  const ShortestPathTask task(settings(1));
  Random random(5);
  const Batch drawn = task.test({{{"nodes", 8}, {"steps", 4}}}, 30, 30, random).front();
  Player model(stray);
  const Batch played = play_training(model, drawn, 0, random);
  EXPECT_TRUE(played.mask.equal(drawn.mask));
  int64_t strayed = 0;
  for (int64_t i = 0; i < 30; ++i) {
    const Question before = read_episode(drawn, i).questions.front();
    const GraphEpisode episode = read_episode(played, i);
    const Question& after = episode.questions.front();
    ASSERT_EQ(after.answer.size(), before.answer.size());
    EXPECT_EQ(after.shown.front(), Triple{});
    const PathsTo guide(episode.description, after.query.front().destination);
    int64_t here = after.query.front().source;
    for (size_t k = 0; k < after.answer.size(); ++k) {
      // Every target is optimal from where the walk is.
      const auto optimal = guide.optimal(here);
      ASSERT_NE(std::ranges::find(optimal, after.answer[k]), optimal.end());
      if (k + 1 == after.answer.size()) break;
      const auto& leaving = guide.leaving(here);
      ASSERT_NE(std::ranges::find(leaving, after.shown[k + 1]), leaving.end());
      strayed += after.shown[k + 1] != after.answer[k];
      here = after.shown[k + 1].destination;
    }
  }
  EXPECT_GT(strayed, 15);
}

TEST(Rollout, TheOptimalPlayerNeverLeavesAShortestPath) {
  const ShortestPathTask task(settings(1));
  Random random(6);
  const Batch drawn = task.test({{{"nodes", 8}, {"steps", 3}}}, 20, 20, random).front();
  Player model(stray);
  const Batch played = play_training(model, drawn, 1, random);
  for (int64_t i = 0; i < 20; ++i) {
    const GraphEpisode episode = read_episode(played, i);
    const Question& question = episode.questions.front();
    const Triple& asked = question.query.front();
    EXPECT_TRUE(PathsTo(episode.description, asked.destination).shortest(asked.source, question.answer));
    EXPECT_TRUE(std::ranges::equal(std::span(question.shown).subspan(1),
                                   std::span(question.answer).first(question.answer.size() - 1)));
  }
}

TEST(Rollout, TargetsAreTheModelsOwnTasteAmongShortestPaths) {
  const ShortestPathTask task(settings(1));
  Random random(7);
  const Batch drawn = task.test({{{"nodes", 8}, {"steps", 3}}}, 40, 40, random).front();
  int64_t different = 0;
  const auto answers = [&](bool last) {
    Player model(oracle(last));
    Random own(1);
    return play_training(model, drawn, 0.5, own);
  };
  const Batch first = answers(false), last = answers(true);
  for (int64_t i = 0; i < 40; ++i) {
    const GraphEpisode episode = read_episode(first, i);
    const Triple& asked = episode.questions.front().query.front();
    const PathsTo guide(episode.description, asked.destination);
    EXPECT_EQ(episode.questions.front().answer.front(), guide.optimal(asked.source).front());
    EXPECT_EQ(read_episode(last, i).questions.front().answer.front(), guide.optimal(asked.source).back());
    different += guide.optimal(asked.source).size() > 1;
  }
  EXPECT_GT(different, 0);
}

}  // namespace
}  // namespace mneme
