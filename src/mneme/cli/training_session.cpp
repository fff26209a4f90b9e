#include "mneme/cli/training_session.h"

#include <algorithm>
#include <chrono>

#include "mneme/cli/numbers.h"
#include "mneme/cli/signals.h"
#include "mneme/core/figure_text.h"
#include "mneme/core/log.h"

namespace mneme {
namespace {

using Clock = std::chrono::steady_clock;

std::string figures_text(const std::map<std::string, double>& figures) {
  std::string text;
  for (const auto& [name, value] : figures)
    text.append(text.empty() ? "" : ", ").append(figure_text(value) + " " + spoken(name));
  return text;
}

/// What the trainer says, as often as a person can read it: a line that is rewritten in place on a terminal,
/// a plain line every few seconds elsewhere.
class ProgressReader {
 public:
  void operator()(const Progress& progress) {
    switch (progress.kind) {
      case Progress::Kind::train:
        show(progress_text(progress) + validated_);
        break;
      case Progress::Kind::validation:
        validated_ = "  validated: " + figures_text(progress.figures) + (progress.best ? " (best)" : "");
        break;
      case Progress::Kind::checkpoint:
        log_info("checkpoint: " + progress.text);
        break;
      case Progress::Kind::milestone:
        log_info("milestone: " + figures_text(progress.figures) + " after " +
                 count_text(progress.position.sequences) + " sequences, " +
                 duration_text(progress.position.seconds));
        break;
      case Progress::Kind::test: {
        std::string setting;
        for (const auto& [name, value] : progress.setting)
          setting += name + " " + std::to_string(value) + " ";
        log_progress("tested: " + setting + figures_text(progress.figures));
        break;
      }
    }
  }

 private:
  void show(const std::string& text) {
    const auto pause = std::chrono::milliseconds(log_goes_to_terminal() ? 100 : 5000);
    if (shown_ && Clock::now() - last_ < pause) return;
    shown_ = true;
    last_ = Clock::now();
    log_progress(text);
  }

  std::string validated_;
  bool shown_ = false;
  Clock::time_point last_;
};

void add_milestone(ResultRow& row, const std::optional<Milestone>& milestone) {
  row["milestone_below"] = milestone ? ResultRow(milestone->below) : ResultRow();
  row["milestone_by"] = milestone ? ResultRow(milestone->by) : ResultRow();
  row["milestone_seconds"] = milestone ? ResultRow(milestone->position.seconds) : ResultRow();
  row["milestone_sequences"] = milestone ? ResultRow(milestone->position.sequences) : ResultRow();
}

}  // namespace

std::filesystem::path fresh_run_folder(const std::string& name) {
  const std::filesystem::path runs = "runs";
  std::filesystem::path folder = runs / name;
  for (int number = 2; std::filesystem::exists(folder); ++number)
    folder = runs / (name + "-" + std::to_string(number));
  return folder;
}

std::string progress_text(const Progress& progress) {
  return "update " + count_text(progress.position.updates) + "  " + count_text(progress.position.sequences) +
         " sequences  " + figure_text(progress.loss) + " " + spoken(progress.unit) + "  " +
         count_text(static_cast<int64_t>(progress.sequences_per_second)) + " sequences/s  " +
         duration_text(progress.position.seconds) + " done, " + duration_text(progress.seconds_left) +
         " left";
}

Session run_session(const Recipe& recipe, const std::filesystem::path& folder, bool resume) {
  const StopRequest stop;
  log_info((resume ? "going on with " : "training in ") + folder.string());
  ProgressReader reader;
  Session session;
  session.result = train(recipe, {folder, resume, &stop.flag(), std::ref(reader)});
  log_progress("");
  if (session.result.end == TrainingResult::End::interrupted) {
    session.exit_code = stop.exit_code();
    log_info("stopped after update " + count_text(session.result.position.updates) +
             " and saved; to go on: mneme train --resume " + folder.string());
  }
  return session;
}

std::vector<ResultRow> session_rows(const TrainingResult& result, const std::filesystem::path& folder) {
  ResultRow row;
  row["kind"] = "run";
  row["run"] = folder.string();
  row["end"] = end_text(result.end);
  row["updates"] = result.position.updates;
  row["sequences"] = result.position.sequences;
  row["seconds"] = result.position.seconds;
  row["training_flop"] = result.training_flop;
  row["best_" + result.headline] = finite_or_null(result.best);
  add_milestone(row, result.milestone);
  std::vector<ResultRow> rows{row};
  for (const EvaluationRow& test : result.test) rows.push_back(test_row(test, "test"));
  if (!result.overall.empty()) rows.push_back(overall_row(result.overall, "test"));
  return rows;
}

std::vector<ResultRow> variants_rows(const VariantsSummary& summary, const std::filesystem::path& folder) {
  std::vector<ResultRow> rows;
  bool only_seeds = true;
  for (const VariantOutcome& outcome : summary.outcomes)
    only_seeds = only_seeds && outcome.variant.size() == 1 && outcome.variant[0].first == "seed";
  for (const VariantOutcome& outcome : summary.outcomes) {
    ResultRow row;
    row["kind"] = only_seeds ? "seed" : "setting";
    for (const auto& [key, value] : outcome.variant)
      row[key] = key == "seed" ? ResultRow(std::stoull(value)) : ResultRow(value);
    row["exit_code"] = outcome.exit_code;
    row["end"] = outcome.end.empty() ? ResultRow() : ResultRow(outcome.end);
    row["updates"] = outcome.position.updates;
    row["sequences"] = outcome.position.sequences;
    row["seconds"] = outcome.position.seconds;
    row["best_" + summary.headline] = finite_or_null(outcome.best);
    add_milestone(row, outcome.milestone);
    // The hardest row of the test stands last; its figures tell the seeds apart.
    if (!outcome.test.empty()) {
      const ResultRow hardest = test_row(outcome.test.back());
      for (const auto& [name, value] : hardest.items()) row["test_" + name] = value;
    }
    rows.push_back(std::move(row));
  }
  ResultRow row;
  row["kind"] = "summary";
  row["run"] = folder.string();
  row[only_seeds ? "seeds" : "settings"] = summary.outcomes.size();
  row["succeeded"] = summary.milestones;
  row["median_milestone_seconds"] = finite_or_null(summary.median_milestone_seconds);
  row["median_milestone_sequences"] = finite_or_null(summary.median_milestone_sequences);
  row["median_best_" + summary.headline] = finite_or_null(summary.median_best);
  for (const auto& [name, value] : summary.mean_test) row["mean_test_" + name] = finite_or_null(value);
  rows.push_back(std::move(row));
  for (const EvaluationRow& test : summary.median_test) rows.push_back(test_row(test, "median test"));
  return rows;
}

}  // namespace mneme
