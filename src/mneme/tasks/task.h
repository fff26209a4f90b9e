// A task makes batches of sequences, says how a training and a test batch are drawn, and scores answers.
// Tasks know no model.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mneme/core/options.h"
#include "mneme/core/random.h"
#include "mneme/core/sequences.h"

namespace mneme {

/// What the model must put out at a step where an answer is due.
enum class TargetKind {
  bits,     ///< independent bits: targets float [batch, time, outputs] in 0..1, binary cross-entropy
  classes,  ///< one of `outputs` classes: targets int64 [batch, time], cross-entropy
  digits,   ///< groups of outputs/groups classes each: targets int64 [batch, time, groups], cross-entropies
  labels,   ///< labels 1..outputs-1 in order, their steps untold (0: none here): targets int64 [batch, labels],
            ///< connectionist temporal classification
  pen,      ///< points of a pen: targets float [batch, time, 3] (offsets x and y, end of stroke 0 or 1), outputs are
            ///< the parameters of a mixture density
};

/// Inputs are zero past each sequence's end, and lengths are always there.
struct Batch : Sequences {
  at::Tensor targets;  ///< see TargetKind; zero where no answer is due
  at::Tensor mask;     ///< bool [batch, time]: true where an answer is due; for labels, up to each sequence's end
  /// int64 [facts, 3], for those who look on: the sequence, a step where an answer is due, and a step that it rests
  /// on; undefined where the task does not say.
  at::Tensor support = {};
  at::Tensor target_lengths = {};    ///< labels only: int64 [batch] on the CPU
  std::vector<std::string> texts{};  ///< what each sequence should have written, for tasks that score text
};

struct TaskSizes {
  int64_t features, outputs;
  TargetKind targets;
  int64_t tokens = 0, context_tokens = 0;  ///< as in ModelSizes
};

/// One row of a task's test: `length` 120, or `task` 3.
struct TestSetting {
  std::map<std::string, int64_t> values;
};

/// How a task is played whose inputs during an answer are what was answered before.
struct Interaction {
  double optimal_share;  ///< of training steps that go on from an optimal action, not the model's own
  int64_t beam_width;    ///< answers that the test follows side by side
};

/// How a task's answers are written out: a token at a time, each the next step's input, from `begin` to `end`.
struct Writing {
  int64_t begin, end;
  std::vector<int64_t> never;   ///< tokens that no answer holds
  int64_t beam_width;           ///< answers that are followed side by side
  double length_penalty;        ///< power of the length that log-probabilities are divided by
  int64_t longer_than_context;  ///< an answer has at most so many more tokens than its context
};

/// Files that a trained model needs beside its parameters, such as its vocabulary: bytes by name.
using ModelFiles = std::map<std::string, std::string>;

struct Score {
  std::map<std::string, Ratio> figures;  ///< "bits_per_sequence", "wrong_bits_percent", "error_percent", …
  std::map<std::string, std::vector<int64_t>> counts{};  ///< sums for figures that are no ratio (Task::complete)
  void add(const Score& other);
};

class Task {
 public:
  virtual ~Task() = default;
  virtual std::string name() const = 0;
  virtual TaskSizes sizes() const = 0;
  /// Every option with its present value, for recipes, checkpoints and reports.
  virtual std::vector<OptionInfo> options() const = 0;

  /// The figure that choosing the best checkpoint goes by, and that must fall: "bits_per_sequence".
  virtual std::string headline() const = 0;

  /// A batch of the training distribution. Thread-safe, and the draw depends on `random` alone.
  virtual Batch sample(int64_t batch_size, Random& random) const = 0;

  /// How hard the training distribution is, from 0 (easiest) to 1 (as the options say). Curricula call it.
  virtual void set_difficulty(double difficulty) = 0;

  /// Held-out batches for choosing the model: of the training range, or beyond it where the options say so, never of
  /// the test.
  virtual std::vector<Batch> validation(int64_t sequences, int64_t batch_size, Random& random) const = 0;

  /// The rows of the test; the paper's longer range.
  virtual std::vector<TestSetting> test_settings() const = 0;
  /// The batches of one row. A task over published files gives the whole file, whatever `sequences` says.
  virtual std::vector<Batch> test(const TestSetting& setting, int64_t sequences, int64_t batch_size,
                                  Random& random) const = 0;

  /// What a trained model must keep so that make_task gives the same task again.
  virtual ModelFiles files() const { return {}; }

  /// Nothing for most tasks; otherwise the answers of a drawn batch are those of an optimal player, and training
  /// and test play them anew (training/rollout.h).
  virtual std::optional<Interaction> interaction() const { return std::nullopt; }

  /// logits: [batch, time, outputs].
  virtual Score score(const Batch& batch, const at::Tensor& logits) const = 0;

  /// Nothing for most tasks; otherwise a test also lets the model write (training/evaluate.h), and score_written
  /// scores that: the tokens of each sequence without begin and end.
  virtual std::optional<Writing> writing() const { return std::nullopt; }
  virtual Score score_written(const Batch&, const std::vector<std::vector<int64_t>>&) const { return {}; }

  /// Adds to the score of a whole test the figures that follow from its counts.
  virtual void complete(Score&) const {}
  /// What the rows of a whole test say together, from the headline of each: "failed_tasks". Nothing for most tasks.
  virtual std::map<std::string, double> overall(const std::vector<double>&) const { return {}; }
  /// What is to be known of a figure beside its number, such as how it was counted.
  virtual std::map<std::string, std::string> notes() const { return {}; }

  /// One sequence as a person would write it, with the model's answer when logits are given.
  virtual std::string print(const Batch& batch, int64_t index, const at::Tensor& logits = {}) const = 0;
};

/// Names of all tasks, sorted.
std::vector<std::string> task_names();
/// The options of a task with their defaults; needs no data. Throws UsageError as make_task does.
std::vector<OptionInfo> task_options(const std::string& name);
/// `files` are those of a trained model (Task::files), if there is one.
/// Throws UsageError for an unknown name (with the nearest) or setting, DataError when data is not there.
std::unique_ptr<Task> make_task(const std::string& name, const Settings& settings, const ModelFiles& files = {});

}  // namespace mneme
