// A trained model's answers to questions about a map or a family tree.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mneme/inspect/inspect.h"
#include "mneme/tasks/graph/asking.h"
#include "mneme/training/checkpoint.h"

namespace mneme {

/// Whether the model was trained on one of the graph tasks.
bool answers_questions(const TrainedModel& trained);

/// The map or family tree that the user named, or the project's own for the model's task.
NamedGraph graph_to_ask(const TrainedModel& trained, const std::string& given);

struct Answered {
  PosedQuestion posed;
  std::vector<Triple> given;  ///< by the model, in the codes of the question
  bool right;
};
/// `asked` has an answer. The labels are drawn from the stream "question" of `seed`.
Answered answer(const TrainedModel& trained, const NamedGraph& graph, const AskedQuestion& asked,
                uint64_t seed);

/// The question of the DNC's paper for the model's task, on the project's own map, with the answer that the
/// model gives as its input where the task says so: what a report shows.
ChosenSequence answered_sequence(const TrainedModel& trained, uint64_t seed);

}  // namespace mneme
