// A run of training as a user sees it: progress on stderr, signals, and the rows at its end.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mneme/cli/result.h"
#include "mneme/training/variants.h"
#include "mneme/training/trainer.h"

namespace mneme {

/// runs/<name>, or runs/<name>-2, runs/<name>-3 … when that is there already.
std::filesystem::path fresh_run_folder(const std::string& name);

struct Session {
  TrainingResult result;
  int exit_code = 0;  ///< 130 or 143 after a signal
};

/// Trains with a progress line. After a signal the command that resumes is printed to stderr.
Session run_session(const Recipe& recipe, const std::filesystem::path& folder, bool resume);

/// "update 1,200  19,200 sequences  12.3 bits per sequence  5,210 sequences/s  0:04 done, 0:12 left"
std::string progress_text(const Progress& progress);

/// A row of kind "run" (how it ended, the milestone), then the rows of the test, of kind "test".
std::vector<ResultRow> session_rows(const TrainingResult& result, const std::filesystem::path& folder);

/// A row for each, of kind "seed" or, where more than the seed differs, "setting"; one of kind "summary"; then the
/// tests' medians, of kind "median test".
std::vector<ResultRow> variants_rows(const VariantsSummary& summary, const std::filesystem::path& folder);

}  // namespace mneme
