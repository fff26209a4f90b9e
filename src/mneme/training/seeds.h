// The same recipe under several seeds, side by side: one child process with one thread for each seed.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mneme/training/evaluate.h"
#include "mneme/training/trainer.h"

namespace mneme {

/// How far one running seed is, by the last training line of its run.
struct SeedNow {
  int64_t seed = 0;
  int64_t updates = 0;
  double loss = 0;
  std::string unit;  ///< of the loss; empty before the first line
};

struct SeedsRun {
  std::filesystem::path folder;  ///< seed 3 trains in folder/seed-3
  std::vector<int64_t> seeds;
  int64_t at_once = 0;  ///< children at a time; 0: as many as there are cores
  /// The command line that trains one seed in a folder (program first). The child gets OMP_NUM_THREADS=1 and
  /// its standard output and error go to folder/seed-<seed>.log.
  std::function<std::vector<std::string>(int64_t seed, const std::filesystem::path& folder)> command;
  const std::atomic<bool>* stop = nullptr;  ///< set: the children get SIGTERM (and save), no more are started
  std::function<void(const std::string&)> progress{};  ///< a line whenever a seed starts or ends
  /// About once a second while seeds are running: these, and how many have ended.
  std::function<void(const std::vector<SeedNow>& running, int64_t ended)> watch{};
};

/// What one seed gave, read from the metrics.jsonl of its run.
struct SeedOutcome {
  int64_t seed = 0;
  int exit_code = 0;  ///< of the child; 128 + the signal's number when one ended it
  std::string end;    ///< "finished", …; empty when the run did not come to its end
  Position position;
  std::optional<Milestone> milestone;
  double best = std::numeric_limits<double>::infinity();  ///< validated headline
  std::vector<EvaluationRow> test;
};

struct SeedsSummary {
  std::string headline;
  std::vector<SeedOutcome> outcomes;  ///< in the order of the seeds
  int64_t milestones = 0;             ///< seeds that reached the milestone
  /// Over all seeds, counting one without the milestone as infinitely late.
  double median_milestone_seconds = std::numeric_limits<double>::infinity();
  double median_milestone_sequences = std::numeric_limits<double>::infinity();
  double median_best = std::numeric_limits<double>::infinity();
  std::vector<EvaluationRow> median_test;  ///< row by row, over the seeds that were tested
};

/// Throws Error when a child cannot be started. A child that fails is an outcome, not an error.
SeedsSummary train_seeds(const SeedsRun& run);

/// The middle value; the mean of the two middle ones of an even count. Infinity for no values.
double median(std::vector<double> values);

}  // namespace mneme
