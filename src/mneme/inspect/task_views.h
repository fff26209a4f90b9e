// Views that one task asks for: what its paper shows of it.
#pragma once

#include <cstdint>
#include <vector>

#include "mneme/core/trace.h"
#include "mneme/models/sequence_model.h"
#include "mneme/tasks/ngrams.h"
#include "mneme/tasks/priority_sort.h"
#include "mneme/tasks/task.h"

namespace mneme {

/// Kind "generalisation": for each length one sequence of the task's test, answers only. Arrays
/// "targets L" and "outputs L" [bit, step] for each length L; fact "lengths": the lengths, parted by blanks
/// (Graves, Wayne, Danihelka 2014, figures 4 and 5).
TraceView generalisation_view(SequenceModel& model, const Task& task, const std::vector<int64_t>& lengths,
                              Random& random);

/// Kind "ngrams": predictions of one sequence beside the optimal estimator's, and, when `episode` has
/// weightings, where the heads looked after each context (figures 13 and 14). `episode` is the view of
/// sequence `index` of `batch`. Arrays, over the scored bits:
/// bits, prediction, optimal, contexts [bit]; for a machine with heads context_writes and context_reads
/// [location, context]: the mean weighting of all heads of a kind over the steps whose last bits are that
/// context.
TraceView ngrams_view(const TraceView& episode, const NgramsTask& task, const Batch& batch, int64_t index);

/// Kind "priority-sort": where each vector is written against its priority, and where the answer is read
/// (figure 18). `episodes` are "ntm-episode" views of the sequences of `batch` in order. Arrays: priority,
/// write_location [sequence, item] of the write head whose locations a line in the priority fits best;
/// read_location [sequence, place] of the read head that best follows the answer, expected_location
/// [sequence, place]: where the vector due at that place was written; fit [2]: slope and offset of the line.
/// Locations are counted from the longest stretch of memory without a write. Facts: "R²", "write head", "read
/// head".
TraceView priority_sort_view(const std::vector<TraceView>& episodes, const PrioritySortTask& task,
                             const Batch& batch);

/// The line y = slope·x + offset of least squares, and the share of the variance of y that it explains
/// (1 when y does not vary). Needs at least one point.
struct LineFit {
  double slope = 0, offset = 0, r2 = 0;
};
LineFit fit_line(const std::vector<double>& x, const std::vector<double>& y);

/// The first location after the longest circular stretch without any of `used`.
int64_t start_of_used(const std::vector<int64_t>& used, int64_t locations);

}  // namespace mneme
