#include "mneme/tasks/graph/inference.h"

#include <algorithm>
#include <set>

#include "graph_checks.h"
#include "mneme/tasks/graph/family.h"

namespace mneme {
namespace {

using family_step::daughter, family_step::father, family_step::husband, family_step::mother, family_step::son,
    family_step::wife;

TEST(FamilySteps, HaveNames) {
  EXPECT_EQ(family_step_name(father), "Father");
  EXPECT_EQ(family_step_name(wife), "Wife");
  EXPECT_EQ(family_step_name(son(1)), "Son1");
  EXPECT_EQ(family_step_name(son(8)), "Son8");
  EXPECT_EQ(family_step_name(daughter(3)), "Daughter3");
  std::set<std::string> names;
  for (int64_t step = 0; step < family_step::kCount; ++step) {
    names.insert(family_step_name(step));
    EXPECT_EQ(family_step_named(family_step_name(step)), step);
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(family_step::kCount));
  EXPECT_EQ(family_step_named("Uncle"), kBlank);
}

TEST(Relations, AreFourHundredDifferentWalks) {
  ASSERT_EQ(relations().size(), 400u);
  std::set<std::vector<int64_t>> walks;
  std::map<size_t, int64_t> by_length;
  for (const Relation& relation : relations()) {
    walks.insert(relation.steps);
    ++by_length[relation.steps.size()];
    EXPECT_FALSE(relation.name.empty());
  }
  EXPECT_EQ(walks.size(), 400u);
  EXPECT_EQ(by_length, (std::map<size_t, int64_t>{{2, 36}, {3, 168}, {4, 196}}));
}

TEST(Relations, AreNamedAsPeopleNameThem) {
  const auto walks = [](const std::string& name) {
    std::set<std::vector<int64_t>> found;
    for (const int64_t index : relations_named(name))
      found.insert(relations()[static_cast<size_t>(index)].steps);
    return found;
  };
  using Walks = std::set<std::vector<int64_t>>;
  EXPECT_EQ(walks("MaternalGrandmother"), (Walks{{mother, mother}}));
  EXPECT_EQ(walks("paternal grandfather"), (Walks{{father, father}}));
  EXPECT_EQ(walks("Brother"),
            (Walks{{father, son(1)}, {father, son(2)}, {mother, son(1)}, {mother, son(2)}}));
  EXPECT_EQ(walks("MotherInLaw"), (Walks{{husband, mother}, {wife, mother}}));
  EXPECT_EQ(walks("DaughterInLaw"), (Walks{{son(1), wife}, {son(2), wife}}));
  EXPECT_EQ(walks("MaternalGreatUncle").size(), 8u);
  EXPECT_TRUE(walks("MaternalGreatUncle").contains({mother, mother, mother, son(1)}));
  EXPECT_TRUE(walks("MaternalGreatUncle").contains({mother, father, mother, son(2)}));
  EXPECT_TRUE(walks("PaternalCousin").contains({father, mother, son(2), daughter(1)}));
  EXPECT_TRUE(walks("Niece").contains({mother, son(1), daughter(2)}));
  EXPECT_TRUE(walks("Great granddaughter").contains({son(1), daughter(1), daughter(1)}));
  EXPECT_TRUE(walks("SecondCousin").empty());
}

TEST(RandomFamily, IsAFamily) {
  Random random(1);
  for (int64_t draw = 0; draw < 100; ++draw) {
    const int64_t people = 3 + draw % 30;
    const Graph family = random_family(people, random);
    ASSERT_EQ(family.nodes, people);
    const FamilySteps steps(family);  // throws when two edges of a person have the same step
    std::set<int64_t> mentioned;
    for (const Triple& triple : family.triples) {
      mentioned.insert(triple.source);
      const auto back = [&](int64_t step) { return steps.step(triple.destination, step) == triple.source; };
      if (triple.edge == husband) {
        ASSERT_TRUE(back(wife));
      }
      if (triple.edge == wife) {
        ASSERT_TRUE(back(husband));
      }
      if (triple.edge == father || triple.edge == mother) {
        bool child = false;
        for (int64_t number = 1; number <= 8; ++number)
          child = child || back(son(number)) || back(daughter(number));
        ASSERT_TRUE(child);
      } else if (triple.edge >= son(1)) {
        ASSERT_TRUE(back(father) || back(mother));
        ASSERT_NE(steps.step(triple.destination, father), kBlank);
        ASSERT_NE(steps.step(triple.destination, mother), kBlank);
      }
    }
    ASSERT_EQ(mentioned.size(), static_cast<size_t>(people)) << "somebody is not related to anybody";
  }
}

TEST(FamilySteps, FollowOnlyWhereSomebodyElseIs) {
  // 0 and 1 are the parents of 2 and 3, both sons.
  const Graph family{4,
                     family_step::kCount,
                     {{0, wife, 1},
                      {1, husband, 0},
                      {0, son(1), 2},
                      {1, son(1), 2},
                      {0, son(2), 3},
                      {1, son(2), 3},
                      {2, father, 0},
                      {3, father, 0},
                      {2, mother, 1},
                      {3, mother, 1}}};
  const FamilySteps steps(family);
  EXPECT_EQ(steps.follow(2, {father, son(2)}), 3);
  EXPECT_EQ(steps.follow(2, {father, son(1)}), std::nullopt);  // oneself
  EXPECT_EQ(steps.follow(2, {father, father}), std::nullopt);  // nobody
  EXPECT_EQ(steps.follow(0, {wife}), 1);
  EXPECT_EQ(steps.walk(2, {father, wife}), (std::vector<Triple>{{2, father, 0}, {0, wife, 1}}));
  EXPECT_THROW(FamilySteps({2, family_step::kCount, {{0, father, 1}, {0, father, 1}}}), Error);
}

/// The steps of a relation's code.
std::vector<int64_t> steps_of(int64_t code) {
  return code < family_step::kCount ? std::vector{code} : relations()[static_cast<size_t>(code - 20)].steps;
}

TEST(Inference, TheAnswerIsWhereTheRelationLeads) {
  InferenceTask task(settings_of({{"questions", int64_t{3}}}));
  Random random(2);
  std::set<size_t> lengths;
  std::set<int64_t> asked;
  for (int64_t draw = 0; draw < 150; ++draw) {
    const Batch batch = task.sample(2, random);
    expect_well_formed(batch, task.sizes());
    const GraphEpisode episode = read_episode(batch, 1);
    ASSERT_EQ(episode.questions.size(), 3u);
    for (const Question& question : episode.questions) {
      ASSERT_EQ(question.query.size(), 1u);
      const Triple answer = question.answer.at(0), query = question.query[0];
      ASSERT_EQ(query, (Triple{answer.source, answer.edge, kBlank}));
      int64_t here = answer.source;
      for (const int64_t step : steps_of(answer.edge)) {
        const auto next = std::ranges::find_if(episode.description, [&](const Triple& triple) {
          return triple.source == here && triple.edge == step;
        });
        ASSERT_NE(next, episode.description.end());
        here = next->destination;
      }
      ASSERT_EQ(here, answer.destination);
      lengths.insert(steps_of(answer.edge).size());
      asked.insert(answer.edge);
    }
  }
  EXPECT_EQ(lengths, (std::set<size_t>{1, 2, 3, 4}));
  EXPECT_GT(asked.size(), 150u);
}

TEST(Inference, TrainingShowsTheWalkWhereItIsToldTo) {
  InferenceTask task(settings_of({{"questions", int64_t{2}}, {"planning", int64_t{5}}, {"working", true}}));
  Random random(5);
  std::set<size_t> lengths;
  for (int64_t draw = 0; draw < 40; ++draw) {
    const GraphEpisode episode = read_episode(task.sample(1, random), 0);
    for (const Question& question : episode.questions) {
      EXPECT_EQ(question.planning, 5);
      const Triple answer = question.answer.front();
      const auto steps = steps_of(answer.edge);
      ASSERT_EQ(question.working.size(), steps.size());
      int64_t here = answer.source;
      for (size_t i = 0; i < steps.size(); ++i) {
        const Triple& edge = question.working[i];
        EXPECT_EQ(edge.source, here);
        EXPECT_EQ(edge.edge, steps[i]);
        EXPECT_NE(std::ranges::find(episode.description, edge), episode.description.end());
        here = edge.destination;
      }
      EXPECT_EQ(here, answer.destination);
      lengths.insert(steps.size());
    }
  }
  EXPECT_EQ(lengths, (std::set<size_t>{1, 2, 3, 4}));
  const GraphEpisode tested = read_episode(task.test(task.test_settings().back(), 1, 1, random).front(), 0);
  EXPECT_EQ(tested.questions.front().planning, 5);
  EXPECT_TRUE(tested.questions.front().working.empty());
  EXPECT_EQ(error_text<UsageError>([] {
              InferenceTask(settings_of({{"planning", int64_t{3}}, {"working", true}}));
            }),
            "test.toml:1:1: task.planning is 3, expected at least task.max_steps, which is 4, with task.working");
}

TEST(Inference, DifficultyAddsStepsAndPeople) {
  InferenceTask task({});
  Random random(3);
  task.set_difficulty(0);
  for (int64_t draw = 0; draw < 20; ++draw) {
    const GraphEpisode episode = read_episode(task.sample(1, random), 0);
    EXPECT_LT(episode.questions.front().answer.front().edge, family_step::kCount);
    std::set<int64_t> people;
    for (const Triple& triple : episode.description) people.insert(triple.source);
    EXPECT_EQ(people.size(), 4u);
  }
}

TEST(Inference, IsTestedByTheNumberOfSteps) {
  const InferenceTask task({});
  ASSERT_EQ(task.test_settings().size(), 4u);
  Random random(4);
  for (const TestSetting& row : task.test_settings()) {
    const GraphEpisode episode = read_episode(task.test(row, 1, 1, random).front(), 0);
    ASSERT_EQ(episode.questions.size(), 1u);
    EXPECT_EQ(static_cast<int64_t>(steps_of(episode.questions[0].answer[0].edge).size()),
              row.values.at("steps"));
  }
  EXPECT_EQ(error_text<UsageError>([&] {
              task.test({{{"people", 9}, {"steps", 4}}}, 1, 1, random);
            }),
            "graph-inference: the test setting has people 9, expected 10 to 1000 for steps 4");
}

TEST(Inference, RefusesTreesTooSmallForTheRelations) {
  EXPECT_EQ(error_text<UsageError>([] {
              InferenceTask(settings_of({{"max_people", int64_t{6}}}));
            }),
            "test.toml:1:1: task.max_people is 6, expected at least 10 for relations of 4 steps");
}

}  // namespace
}  // namespace mneme
