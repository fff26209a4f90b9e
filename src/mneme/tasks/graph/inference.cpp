#include "mneme/tasks/graph/inference.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "mneme/tasks/graph/family.h"

namespace mneme {
namespace {

constexpr int64_t kPeopleTried = 8;      // for a relation, before another one is drawn
constexpr int64_t kRelationsTried = 50;  // in a tree, before another tree is drawn

/// A relation as its code and steps.
struct Asked {
  int64_t code;
  std::vector<int64_t> steps;
};

/// Every relation of so many steps.
const std::vector<Asked>& asked_relations(int64_t steps) {
  static const std::vector<std::vector<Asked>> by_steps = [] {
    std::vector<std::vector<Asked>> made(5);
    for (int64_t step = 0; step < family_step::kCount; ++step) made[1].push_back({step, {step}});
    for (size_t i = 0; i < relations().size(); ++i)
      made[relations()[i].steps.size()].push_back(
          {relation_code(static_cast<int64_t>(i)), relations()[i].steps});
    return made;
  }();
  return by_steps.at(static_cast<size_t>(steps));
}

struct RelationLesson {
  int64_t people, min_steps, max_steps, questions, planning;
  bool working;
};

/// A question in the numbers of the tree, but for the code of its relation.
struct Drawn {
  Triple answer;
  std::vector<Triple> walk;
};

/// A triple whose edge is a code already.
Triple encode(const LabelCodes& codes, const Triple& triple) {
  return {codes.nodes[static_cast<size_t>(triple.source)], triple.edge,
          codes.nodes[static_cast<size_t>(triple.destination)]};
}

/// Everybody's relatives of so many steps: (person, code of the relation, relative).
std::vector<Triple> all_triples(const Graph& family, int64_t steps) {
  const FamilySteps table(family);
  std::vector<Triple> triples;
  for (const Asked& asked : asked_relations(steps))
    for (int64_t person = 0; person < family.nodes; ++person)
      if (const auto relative = table.follow(person, asked.steps))
        triples.push_back({person, asked.code, *relative});
  return triples;
}

std::optional<Drawn> draw_question(const FamilySteps& family, const RelationLesson& lesson, Random& random) {
  const auto& choices = asked_relations(random.integer(lesson.min_steps, lesson.max_steps));
  for (int64_t tried = 0; tried < kRelationsTried; ++tried) {
    const Asked& asked =
        choices[static_cast<size_t>(random.integer(0, static_cast<int64_t>(choices.size()) - 1))];
    for (int64_t person = 0; person < kPeopleTried; ++person) {
      const int64_t source = random.integer(0, lesson.people - 1);
      if (const auto walk = family.walk(source, asked.steps))
        return Drawn{{source, asked.code, walk->back().destination}, *walk};
    }
  }
  return std::nullopt;
}

GraphEpisode draw_episode(const RelationLesson& lesson, Random& random) {
  while (true) {
    const Graph family = random_family(lesson.people, random);
    const FamilySteps steps(family);
    const LabelCodes codes = draw_family_codes(family, random);
    GraphEpisode episode;
    episode.description = draw_description(family, codes, random);
    for (int64_t i = 0; i < lesson.questions; ++i) {
      const auto drawn = draw_question(steps, lesson, random);
      if (!drawn) break;
      episode.questions.push_back(relation_question(encode(codes, drawn->answer), lesson.planning));
      if (lesson.working) episode.questions.back().working = codes.encode(drawn->walk);
    }
    if (static_cast<int64_t>(episode.questions.size()) == lesson.questions) return episode;
  }
}

Batch draw_relations(const RelationLesson& lesson, int64_t batch_size, Random& random) {
  std::vector<GraphEpisode> episodes(static_cast<size_t>(batch_size));
  for (GraphEpisode& episode : episodes) episode = draw_episode(lesson, random);
  return make_batch(episodes);
}

/// People that a tree needs so that relations of so many steps are common in it.
int64_t people_for(int64_t steps) {
  return 2 + 2 * steps;
}

}  // namespace

Question relation_question(const Triple& answer, int64_t planning) {
  Question question;
  question.planning = planning;
  question.query = {{answer.source, answer.edge, kBlank}};
  question.answer = {answer};
  return question;
}

LabelCodes draw_family_codes(const Graph& family, Random& random) {
  LabelCodes codes = draw_codes(family, random);
  std::iota(codes.edges.begin(), codes.edges.end(), 0);
  return codes;
}

int64_t relation_code(int64_t index) {
  return family_step::kCount + index;
}

InferenceTask::InferenceTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  require_ordered(settings, "min_people", options_.min_people, "max_people", options_.max_people);
  const int64_t needed = people_for(options_.max_steps);
  if (options_.max_people < needed) {
    const auto written = settings.find(settings.contains("max_people") ? "max_people" : "max_steps");
    throw UsageError(written->second.origin + ": task.max_people is " + std::to_string(options_.max_people) +
                     ", expected at least " + std::to_string(needed) + " for relations of " +
                     std::to_string(options_.max_steps) + " steps");
  }
  if (options_.working && options_.planning < options_.max_steps) {
    const auto written = settings.find(settings.contains("planning") ? "planning" : "working");
    throw UsageError(written->second.origin + ": task.planning is " + std::to_string(options_.planning) +
                     ", expected at least task.max_steps, which is " + std::to_string(options_.max_steps) +
                     ", with task.working");
  }
  tree_ = test_graph(options_.map, /*family=*/true);
}

std::vector<TestSetting> InferenceTask::test_settings() const {
  std::vector<TestSetting> rows;
  for (int64_t steps = 1; steps <= options_.max_steps; ++steps)
    if (!tree_ || !all_triples(tree_->graph, steps).empty())
      rows.push_back({{{"people", tree_ ? tree_->graph.nodes : options_.max_people}, {"steps", steps}}});
  return rows;
}

Batch InferenceTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  const int64_t steps = upper_end(1, options_.max_steps, difficulty);
  const int64_t people =
      random.integer(options_.min_people, upper_end(options_.min_people, options_.max_people, difficulty));
  return draw_relations({.people = std::max(people, people_for(steps)),
                         .min_steps = 1,
                         .max_steps = steps,
                         .questions = options_.questions,
                         .planning = options_.planning,
                         .working = options_.working},
                        batch_size, random);
}

Batch InferenceTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  const int64_t people = setting_value(setting, name(), "people");
  const int64_t steps = setting_value(setting, name(), "steps");
  if (steps > 4)
    throw UsageError(name() + ": the test setting has steps " + std::to_string(steps) + ", expected 1 to 4");
  if (tree_) {
    const auto choices = all_triples(tree_->graph, steps);
    if (choices.empty())
      throw UsageError(name() + ": " + options_.map + " has no relation of " + std::to_string(steps) +
                       " steps");
    std::vector<GraphEpisode> episodes(static_cast<size_t>(batch_size));
    for (GraphEpisode& episode : episodes) {
      const LabelCodes codes = draw_family_codes(tree_->graph, random);
      const Triple& drawn =
          choices[static_cast<size_t>(random.integer(0, static_cast<int64_t>(choices.size()) - 1))];
      episode = {draw_description(tree_->graph, codes, random),
                 {relation_question(encode(codes, drawn), options_.planning)}};
    }
    return make_batch(episodes);
  }
  if (people < people_for(steps) || people > kLabelCodes)
    throw UsageError(name() + ": the test setting has people " + std::to_string(people) + ", expected " +
                     std::to_string(people_for(steps)) + " to " + std::to_string(kLabelCodes) +
                     " for steps " + std::to_string(steps));
  return draw_relations({.people = people,
                         .min_steps = steps,
                         .max_steps = steps,
                         .questions = 1,
                         .planning = options_.planning,
                         .working = false},
                        batch_size, random);
}

}  // namespace mneme
