// Trains one recipe several times, under different seeds or settings: a process each, side by side, and one summary.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mneme/training/evaluate.h"
#include "mneme/training/trainer.h"

namespace mneme {

/// What tells one of several runs from the others, in order: {"seed", "3"}, or {"task.tasks", "[1]"}, {"seed", "3"}.
using Variant = std::vector<std::pair<std::string, std::string>>;

/// For folders and people: "seed-3", "tasks-1-seed-3", "time_penalty-0.01".
std::string variant_name(const Variant& variant);

/// How far one running variant is, by the last training line of its run.
struct VariantNow {
  std::string name;
  int64_t updates = 0;
  double loss = 0;
  std::string unit;  ///< of the loss; empty before the first line
};

struct VariantsRun {
  std::filesystem::path folder;  ///< seed 3 trains in folder/seed-3
  std::vector<Variant> variants;
  int64_t at_once = 0;  ///< children at a time; 0: as many as there are cores
  /// The command line that trains one variant in a folder (program first). The child gets OMP_NUM_THREADS=1 and
  /// its standard output and error go to <folder>.log.
  std::function<std::vector<std::string>(const Variant& variant, const std::filesystem::path& folder)> command;
  const std::atomic<bool>* stop = nullptr;  ///< set: the children get SIGTERM (and save), no more are started
  std::function<void(const std::string&)> progress{};  ///< a line whenever a variant starts or ends
  /// About once a second while variants are running: these in their order, and how many have ended.
  std::function<void(const std::vector<VariantNow>& running, int64_t ended)> watch{};
};

/// What one variant gave, read from the metrics.jsonl of its run.
struct VariantOutcome {
  Variant variant;
  int exit_code = 0;  ///< of the child; 128 + the signal's number when one ended it
  std::string end;    ///< "finished", …; empty when the run did not come to its end
  Position position;
  std::optional<Milestone> milestone;
  double best = std::numeric_limits<double>::infinity();  ///< validated headline
  std::vector<EvaluationRow> test;
};

struct VariantsSummary {
  std::string headline;
  std::vector<VariantOutcome> outcomes;  ///< in the order of the variants
  int64_t milestones = 0;                ///< variants that reached the milestone
  /// Over all variants, counting one without the milestone as infinitely late.
  double median_milestone_seconds = std::numeric_limits<double>::infinity();
  double median_milestone_sequences = std::numeric_limits<double>::infinity();
  double median_best = std::numeric_limits<double>::infinity();
  std::vector<EvaluationRow> median_test;    ///< row by row, over the variants that were tested with this row
  std::map<std::string, double> mean_test{};  ///< figure by figure, over the rows of median_test
};

/// Throws Error when a child cannot be started. A child that fails is an outcome, not an error.
VariantsSummary train_variants(const VariantsRun& run);

/// The middle value; the mean of the two middle ones of an even count. Infinity for no values.
double median(std::vector<double> values);

}  // namespace mneme
