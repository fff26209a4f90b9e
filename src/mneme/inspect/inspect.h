// Asks a trained model what it did: runs it on chosen sequences of its task and keeps what a person would
// look at.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mneme/core/trace.h"
#include "mneme/models/sequence_model.h"
#include "mneme/tasks/task.h"

namespace mneme {

/// A sequence to show under a title of its own, and what its view gets in addition.
struct ChosenSequence {
  std::string title;
  Batch batch;  ///< of one sequence
  std::vector<TraceArray> arrays{};
  std::map<std::string, std::string> facts{};
  bool answer_known = true;  ///< otherwise the batch's targets mean nothing
};

struct InspectOptions {
  uint64_t seed = 1;  ///< of the sequences: drawn from its stream "inspection"
  /// The sequences to show, as rows of the task's test: {{"length", 20}}. Empty: the task's own choice, for
  /// copy 20 and its longest test length, for tasks of published files three held-out sequences.
  std::vector<TestSetting> sequences{};
  /// Sequences to show instead of those, where there are any.
  std::vector<ChosenSequence> chosen{};
  /// What else to put into Trace.settings: "training.rate", "about.command". Settings of the model and the
  /// task come by themselves, as "model.slots" and "task.bits".
  std::map<std::string, std::string> settings{};
};

/// One view a sequence ("story" for a memory network that reads sentences, see inspect/story_view.h; "ntm-episode" for
/// an NTM, "dnc-episode" for a DNC, "translation" for a transformer that translates, "episode" for every other model;
/// see inspect/episode.h and inspect/dnc_episode.h), then the views of the task (inspect/task_views.h): copy
/// at the lengths of its test, N-gram predictions beside the optimal estimator's, priority sort's write
/// locations against the priority. A gpt on text has the views of inspect/text_view.h instead.
/// Throws UsageError for a sequence that the task cannot draw.
Trace inspect_model(SequenceModel& model, const Task& task, const InspectOptions& options = {});

}  // namespace mneme
