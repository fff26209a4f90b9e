// How long a model thought: at each step of a sequence, about each word, and about what is hard.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mneme/core/trace.h"
#include "mneme/models/act_rnn.h"
#include "mneme/models/universal_transformer.h"
#include "mneme/tasks/task.h"

namespace mneme {

/// Kind "act-episode": the arrays of an "episode" (inspect/episode.h), and how long was thought:
///
/// | name            | axes              | meaning                                                        |
/// | ponder          | time              | N                                                              |
/// | remainder       | time              | R                                                              |
/// | halting         | inner step, time  | h_n; zero past N                                               |
/// | halting_weights | inner step, time  | p_n; likewise                                                  |
TraceView act_episode_view(const std::string& title, const Task& task, const Batch& batch, int64_t index,
                           const ActRecord& record);

/// Kind "ponder-words": how often the block was applied to each position. Arrays: ponder [position] and, where there is
/// a context, context_ponder [position]. Facts: "words" and "context_words", what stands at each position, parted by `|`;
/// "written", the sequence as a person would write it.
TraceView ponder_words_view(const std::string& title, const Task& task, const Batch& batch, int64_t index,
                            const UniversalRecord& record);

/// What one net of a sweep over the time penalty τ gave: a number for each row of the test.
struct PonderRun {
  double time_penalty;
  std::vector<float> error, ponder;
};

/// Kind "ponder-sweep": error and thinking against what makes the task hard and against τ. Arrays: difficulty [row],
/// time_penalty [run], error and ponder (mean N) [run, row], the runs by rising τ. Facts: "difficulty" and "error",
/// what these are.
TraceView ponder_sweep_view(const std::string& difficulty, const std::vector<float>& rows, const std::string& error,
                            std::vector<PonderRun> runs);

/// Kind "ponder": error and thinking against what makes the task hard, over `sequences` of each row of its test. Arrays
/// [row]: difficulty, error, ponder (mean N). Facts: "difficulty" and "error", what these are; "sequences".
/// Nothing when the model does not say how long it thinks, or the rows differ in more than a number.
std::optional<TraceView> ponder_view(SequenceModel& model, const Task& task, int64_t sequences, Random& random);

}  // namespace mneme
