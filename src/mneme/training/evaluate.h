// Scores a model on its task's test.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "mneme/models/beam_search.h"
#include "mneme/models/sequence_model.h"
#include "mneme/tasks/task.h"

namespace mneme {

/// One row of a test: its setting (`length` 120) and its figures ("wrong_bits_percent").
struct EvaluationRow {
  std::map<std::string, int64_t> setting;
  std::map<std::string, double> figures;
};

/// One row for each of the task's test settings, over `sequences` sequences each, drawn from the stream
/// "test data" of `seed`. `each_row`, when given, is called as soon as a row is there. Where the task has answers
/// written (Task::writing), the model also writes each sequence's answer from its context, by beam search.
std::vector<EvaluationRow> evaluate(SequenceModel& model, const Task& task, int64_t sequences,
                                    int64_t batch_size, uint64_t seed,
                                    const std::function<void(const EvaluationRow&)>& each_row = {});

/// What the rows of the task's whole test say together (Task::overall); empty for most tasks and for no rows.
std::map<std::string, double> overall(const Task& task, const std::vector<EvaluationRow>& rows);

/// What beam_search needs of a batch's contexts.
BeamOptions beam_options(const Writing& writing, const Batch& batch);

/// The best answer of each sequence of a batch, as the task has them written.
std::vector<std::vector<int64_t>> write_answers(SequenceModel& model, const Writing& writing, const Batch& batch);

/// The score of the model, without gradients, on batches that are there already; without what it would write.
Score score_batches(SequenceModel& model, const Task& task, const std::vector<Batch>& batches);

}  // namespace mneme
