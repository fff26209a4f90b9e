// The table of the bAbI tasks: six models and more, what ours reach beside what was published.
#pragma once

#include <vector>

#include "mneme/cli/recorded_results.h"
#include "mneme/cli/result.h"
#include "mneme/report/result_table.h"

namespace mneme {

/// A column takes its figures from the runs of its model on all 20 tasks (joint), or from one run for each task
/// (single). Of several joint runs the one with the lowest mean error stands in the table, the next one in a second
/// column of the same model; what all of them reach is said below.
ResultTable babi_table(const std::vector<RecordedRun>& runs);

/// The same as rows: model, training ("joint", "single"), task (1 to 20, "mean"), error_percent, published_percent,
/// seed, minutes, command; mean rows also have failed_tasks and published_failed_tasks. null where there is none.
std::vector<ResultRow> babi_rows(const std::vector<RecordedRun>& runs);

}  // namespace mneme
