// What runs recorded of their tests, for tables over several runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "mneme/training/evaluate.h"
#include "mneme/training/variants.h"

namespace mneme {

/// A run that was tested.
struct RecordedRun {
  std::string model, task, command;
  std::vector<int64_t> tasks;  ///< of the recipe's option of this name; empty without one
  uint64_t seed = 0;
  int64_t sequences = 0;
  double seconds = 0;
  std::vector<EvaluationRow> test;
  std::filesystem::path from;  ///< the folder or file that it was read from
};

/// `path` is a run or zoo folder, a folder of several runs (`train --seeds`, `--sweep`), or a file that
/// write_recorded wrote. Runs without a test are left out. Throws UsageError when there is no such path.
std::vector<RecordedRun> recorded_runs(const std::filesystem::path& path);

/// One JSON object a run and line: what recorded_runs reads.
void write_recorded(const std::filesystem::path& file, const std::vector<RecordedRun>& runs);

/// The results that the project keeps without their models: results/*.jsonl, sorted.
std::vector<std::filesystem::path> result_files();

}  // namespace mneme
