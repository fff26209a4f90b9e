// The table of translation results and what they cost: the published ones, and what our models reach.
#pragma once

#include <vector>

#include "mneme/cli/recorded_results.h"
#include "mneme/cli/result.h"
#include "mneme/report/result_table.h"

namespace mneme {

/// Published lines of newstest2014, then a line for each of our runs on translation.
ResultTable translation_table(const std::vector<RecordedRun>& runs);

/// The same as rows: model, test, from ("published", "ours"), bleu, bleu_lower_case, training_flop, minutes,
/// command; null where there is none.
std::vector<ResultRow> translation_rows(const std::vector<RecordedRun>& runs);

}  // namespace mneme
