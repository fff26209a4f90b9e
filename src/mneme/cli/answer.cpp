#include "mneme/cli/answer.h"

#include <ATen/ATen.h>

#include "mneme/cli/project.h"
#include "mneme/inspect/map_view.h"
#include "mneme/tasks/graph/graph_task.h"
#include "mneme/tasks/graph/paths.h"
#include "mneme/training/rollout.h"

namespace mneme {
namespace {

constexpr auto kMap = "maps/london-centre.txt";
constexpr auto kFamily = "maps/family.txt";

/// The model's triples for the one question of an episode.
std::vector<Triple> triples_of(const TrainedModel& trained, const GraphEpisode& episode) {
  const torch::NoGradGuard no_gradients;
  const Batch batch = make_batch({episode});
  const auto interaction = trained.task->interaction();
  const at::Tensor logits = (interaction ? play_test(*trained.model, batch, interaction->beam_width)
                                         : trained.model->forward(batch).logits)
                                .to(at::kCPU, at::kFloat)
                                .contiguous();
  const Question question = read_episode(batch, 0).questions.front();
  std::vector<Triple> triples;
  for (size_t k = 0; k < question.answer.size(); ++k)
    triples.push_back(most_likely_triple(logits.const_data_ptr<float>() +
                                         (question.answer_step + static_cast<int64_t>(k)) * kTripleInputs));
  return triples;
}

bool is_right(const AskedQuestion& asked, const GraphEpisode& episode, const std::vector<Triple>& given) {
  const auto& due = episode.questions.front().answer;
  if (asked.task != "graph-shortest-path") return given == due;
  return PathsTo(episode.description, due.back().destination).shortest(due.front().source, given);
}

int64_t planning_of(const Task& task) {
  for (const OptionInfo& option : task.options())
    if (option.key == "planning") return std::get<int64_t>(option.value);
  return 0;
}

std::string papers_question(const std::string& task) {
  if (task == "graph-inference") return "Freya's MaternalGreatUncle";
  if (task == "graph-shortest-path") return "Moorgate -> Piccadilly Circus";
  return "Oxford Circus: Central, Circle, Circle, Circle, Bakerloo, Victoria, Victoria, Circle, Bakerloo, "
         "Jubilee";
}

}  // namespace

bool answers_questions(const TrainedModel& trained) {
  return dynamic_cast<const GraphTask*>(trained.task.get()) != nullptr;
}

NamedGraph graph_to_ask(const TrainedModel& trained, const std::string& given) {
  const std::string own = trained.recipe.task == "graph-inference" ? kFamily : kMap;
  return read_named_graph(project_file("map", given.empty() ? own : given, map_files()).string());
}

Answered answer(const TrainedModel& trained, const NamedGraph& graph, const AskedQuestion& asked,
                uint64_t seed) {
  Random random = Seed(seed).stream("question");
  Answered answered{pose(graph, asked, planning_of(*trained.task), random), {}, false};
  answered.given = triples_of(trained, answered.posed.episode);
  answered.right = is_right(asked, answered.posed.episode, answered.given);
  return answered;
}

ChosenSequence answered_sequence(const TrainedModel& trained, uint64_t seed) {
  const NamedGraph graph = graph_to_ask(trained, "");
  const AskedQuestion asked = parse_question(graph, papers_question(trained.recipe.task)).front();
  Answered answered = answer(trained, graph, asked, seed);
  Question& question = answered.posed.episode.questions.front();
  for (size_t k = 1; k < question.shown.size(); ++k) question.shown[k] = answered.given[k - 1];
  if (answered.right) question.answer = answered.given;
  MapAddition addition = map_addition(graph, asked, answered.posed, answered.given);
  return {asked.words, make_batch({answered.posed.episode}), std::move(addition.arrays),
          std::move(addition.facts)};
}

}  // namespace mneme
