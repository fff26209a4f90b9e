// Trains the model of a recipe on its task, in a run folder:
//
//     recipe.toml      the resolved recipe: every option with its value
//     metrics.jsonl    one JSON object a line: train, validation, milestone, test, end (training/metrics.h)
//     events.out.…     the same figures for TensorBoard
//     checkpoints/     the latest and the best, and manifest.json (training/checkpoint.h)
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mneme/training/evaluate.h"
#include "mneme/training/length.h"
#include "mneme/training/options.h"
#include "mneme/training/recipe.h"

namespace mneme {

/// What a progress line shows.
struct Progress {
  enum class Kind { train, validation, checkpoint, milestone, test };
  Kind kind = Kind::train;
  Position position;
  double share = 0;                        ///< of the run's length that is done, 0..1
  double seconds_left = 0;                 ///< estimated; early stopping may end the run sooner
  double sequences_per_second = 0;         ///< since the last line; train only
  double loss = 0;                         ///< mean training loss since the last line; train only
  std::string unit;                        ///< of the loss: "bits_per_sequence" or "nats_per_answer"
  bool best = false;                       ///< validation only: better than every one before
  std::map<std::string, int64_t> setting;  ///< test only: the row, such as length 120
  std::map<std::string, double> figures;   ///< validation and test
  std::string text;                        ///< a note for people, such as a checkpoint's path; may be empty
};

/// The first time that the task's headline was below TrainingOptions.milestone: in a validation, or (where
/// the training loss has the headline's unit) in the mean training loss of the latest milestone_sequences.
struct Milestone {
  double below = 0;
  std::string by;  ///< "training" or "validation"
  Position position;
};

struct TrainingResult {
  enum class End {
    finished,        ///< the run's length
    target_reached,  ///< stop_below
    no_improvement,  ///< patience
    interrupted,     ///< the stop flag: a checkpoint is written, resume goes on
  };
  End end = End::finished;
  Position position;
  std::string headline;                                   ///< the task's: "bits_per_sequence"
  double best = std::numeric_limits<double>::infinity();  ///< validated headline of the best checkpoint
  int64_t best_update = 0;
  std::optional<Milestone> milestone;
  /// Of training: 6 for each multiply-add of a forward pass (SequenceModel::multiply_adds), which is one multiplication
  /// and one addition, forward once and backward twice.
  double training_flop = 0;
  std::map<std::string, double> overall{};  ///< what the rows of the test say together (Task::overall)
  std::vector<EvaluationRow> test;  ///< of the best checkpoint; empty when interrupted or test_sequences = 0
};

std::string end_text(TrainingResult::End end);  ///< "finished", "target reached", …

struct TrainingRun {
  std::filesystem::path folder;             ///< made when absent
  bool resume = false;                      ///< go on from the folder's latest checkpoint
  const std::atomic<bool>* stop = nullptr;  ///< set (by a signal handler): finish the update, save, return
  std::function<void(const Progress&)> progress{};  ///< called from the calling thread; may be empty
};

/// Resuming gives the same numbers, bit for bit, as a run that was never stopped (same build, processor and
/// number of threads; a length or schedule by the clock excepted), also after kill -9. A run that is over
/// already is only tested again. Throws DivergedError at the update in which a value stops being finite
/// (`gradient of interface.weight is not finite at update 1234; the last good checkpoint is …`), UsageError
/// when the folder holds another run and `resume` is not set, or holds none and it is set.
TrainingResult train(const Recipe& recipe, const TrainingRun& run);

/// The recipe of a run or zoo folder, with overrides as for read_recipe. Throws UsageError when there is
/// none.
Recipe recipe_of_run(const std::filesystem::path& folder, const std::vector<std::string>& overrides = {});

/// What `--dry-run` shows: the sizes of everything, after one update on two sequences. Writes nothing.
struct DryRun {
  int64_t parameters = 0;
  int64_t parameter_bytes = 0;
  int64_t multiply_adds_per_step = 0;  ///< forward, one sequence
  int64_t longest_sequence = 0;        ///< steps, in one training batch
  int64_t batch_bytes = 0;             ///< one training batch
  double loss = 0;
  std::string unit;
};
DryRun dry_run(const Recipe& recipe);

}  // namespace mneme
