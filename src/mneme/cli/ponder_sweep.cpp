#include "mneme/cli/ponder_sweep.h"

#include "mneme/cli/recorded_results.h"
#include "mneme/core/error.h"
#include "mneme/inspect/ponder_views.h"
#include "mneme/training/trainer.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;

double time_penalty_of(const Recipe& recipe, const fs::path& run) {
  const auto penalty = recipe.model_settings.find("time_penalty");
  const auto* value = penalty == recipe.model_settings.end() ? nullptr : std::get_if<double>(&penalty->second.value);
  if (value == nullptr)
    throw UsageError(run.string() +
                     ": the recipe has no model.time_penalty, expected a net that thinks as long as it wants");
  return *value;
}

/// The figure of each row of a test.
std::vector<float> figures_of(const RecordedRun& run, const std::string& name) {
  std::vector<float> figures;
  for (const EvaluationRow& row : run.test) {
    const auto figure = row.figures.find(name);
    if (figure == row.figures.end())
      throw UsageError(run.from.string() + ": its test has no " + name + ", expected one in every row");
    figures.push_back(static_cast<float>(figure->second));
  }
  return figures;
}

/// What makes the rows hard: the name of their setting, and its values.
std::pair<std::string, std::vector<float>> difficulty_of(const RecordedRun& run) {
  std::pair<std::string, std::vector<float>> difficulty;
  for (const EvaluationRow& row : run.test) {
    if (row.setting.size() != 1)
      throw UsageError(run.from.string() + ": the rows of its test differ in " + std::to_string(row.setting.size()) +
                       " settings, expected one");
    difficulty.first = row.setting.begin()->first;
    difficulty.second.push_back(static_cast<float>(row.setting.begin()->second));
  }
  return difficulty;
}

}  // namespace

std::optional<Trace> ponder_sweep_trace(const fs::path& folder) {
  if (!fs::is_directory(folder) || fs::exists(folder / "recipe.toml")) return std::nullopt;
  const auto recorded = recorded_runs(folder);
  if (recorded.empty()) return std::nullopt;
  const auto difficulty = difficulty_of(recorded.front());
  std::vector<PonderRun> runs;
  for (const RecordedRun& run : recorded) {
    if (difficulty_of(run) != difficulty)
      throw UsageError(run.from.string() + ": its test has other rows than that of " + recorded.front().from.string());
    runs.push_back({time_penalty_of(recipe_of_run(run.from), run.from), figures_of(run, "error_percent"),
                    figures_of(run, "ponder_steps")});
  }
  const Recipe recipe = recipe_of_run(recorded.front().from);
  Trace trace;
  trace.model = recipe.model;
  trace.task = recipe.task;
  trace.seed = recorded.front().seed;
  for (const auto& [key, text] : recipe.about) trace.settings["about." + key] = text;
  trace.views = {ponder_sweep_view(difficulty.first, difficulty.second, "error_percent", std::move(runs))};
  return trace;
}

}  // namespace mneme
