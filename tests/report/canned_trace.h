// A trace of a machine that does by hand what a trained one learns: made from the tasks' own batches and
// records filled in by a plan, so that tests of reports and pages need no trained model.
#pragma once

#include <string>

#include "mneme/core/trace.h"

namespace mneme {

/// Views: copy, repeat copy with its jumps back, copy at five lengths, N-grams, priority sort, copy by a DNC, a map, a translation,
/// a text; settings of every table. Always the same.
Trace canned_trace();

/// A run's metrics: a loss that falls from 80 bits to 0.02, validations, tests at five lengths.
std::string canned_metrics();

}  // namespace mneme
