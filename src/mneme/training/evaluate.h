// Scores a model on its task's test.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "mneme/models/sequence_model.h"
#include "mneme/tasks/task.h"

namespace mneme {

/// One row of a test: its setting (`length` 120) and its figures ("wrong_bits_percent").
struct EvaluationRow {
  std::map<std::string, int64_t> setting;
  std::map<std::string, double> figures;
};

/// One row for each of the task's test settings, over `sequences` sequences each, drawn from the stream
/// "test data" of `seed`. `each_row`, when given, is called as soon as a row is there.
std::vector<EvaluationRow> evaluate(SequenceModel& model, const Task& task, int64_t sequences,
                                    int64_t batch_size, uint64_t seed,
                                    const std::function<void(const EvaluationRow&)>& each_row = {});

/// The score of the model, without gradients, on batches that are there already.
Score score_batches(SequenceModel& model, const Task& task, const std::vector<Batch>& batches);

}  // namespace mneme
