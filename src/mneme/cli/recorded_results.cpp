#include "mneme/cli/recorded_results.h"

#include <algorithm>
#include <fstream>

#include "mneme/cli/project.h"
#include "mneme/core/error.h"
#include "mneme/core/file.h"
#include "mneme/training/metrics.h"
#include "mneme/training/options.h"
#include "mneme/training/trainer.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;

EvaluationRow test_of(const JsonLine& line) {
  EvaluationRow row;
  for (const auto& [key, value] : line.items()) {
    if (key == "kind" || key == "update") continue;
    if (value.is_number_integer()) row.setting[key] = value;
    if (value.is_number_float()) row.figures[key] = value;
  }
  return row;
}

/// A run that stopped before its test has none.
RecordedRun run_in(const fs::path& folder) {
  const Recipe recipe = recipe_of_run(folder);
  RecordedRun run;
  run.from = folder;
  run.model = recipe.model;
  run.task = recipe.task;
  if (const auto about = recipe.about.find("command"); about != recipe.about.end()) run.command = about->second;
  if (const auto tasks = recipe.task_settings.find("tasks"); tasks != recipe.task_settings.end())
    if (const auto* list = std::get_if<std::vector<int64_t>>(&tasks->second.value)) run.tasks = *list;
  run.seed = static_cast<uint64_t>(training_options(recipe).seed);
  if (!fs::exists(folder / "metrics.jsonl")) return run;
  for (const auto& line : read_metrics(folder / "metrics.jsonl")) {
    const auto kind = line.value("kind", "");
    if (kind == "test") run.test.push_back(test_of(line));
    if (kind == "end") {
      run.sequences = line.at("sequences");
      run.seconds = line.at("seconds");
    }
  }
  return run;
}

std::vector<RecordedRun> runs_of_file(const fs::path& file) {
  std::vector<RecordedRun> runs;
  for (const auto& line : read_metrics(file)) {
    RecordedRun run;
    run.from = file;
    try {
      run.model = line.at("model");
      run.task = line.at("task");
      run.command = line.at("command");
      run.tasks = line.at("tasks").get<std::vector<int64_t>>();
      run.seed = line.at("seed");
      run.sequences = line.at("sequences");
      run.seconds = line.at("seconds");
      for (const auto& row : line.at("test")) run.test.push_back(test_of(row));
    } catch (const nlohmann::json::exception& error) {
      throw Error(file.string() + ": run " + std::to_string(runs.size() + 1) + ": " + error.what());
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace

std::vector<RecordedRun> recorded_runs(const fs::path& path) {
  if (fs::is_regular_file(path)) return runs_of_file(path);
  if (!fs::is_directory(path)) throw UsageError(path.string() + " is no run, no folder of runs and no file of results");
  std::vector<fs::path> folders;
  if (fs::exists(path / "recipe.toml")) {
    folders.push_back(path);
  } else {
    for (const auto& entry : fs::directory_iterator(path))
      if (fs::exists(entry.path() / "recipe.toml")) folders.push_back(entry.path());
    std::sort(folders.begin(), folders.end());
  }
  std::vector<RecordedRun> runs;
  for (const auto& folder : folders) {
    auto run = run_in(folder);
    if (!run.test.empty()) runs.push_back(std::move(run));
  }
  return runs;
}

void write_recorded(const fs::path& file, const std::vector<RecordedRun>& runs) {
  std::string text;
  for (const auto& run : runs) {
    JsonLine line{{"model", run.model},         {"task", run.task}, {"command", run.command}, {"tasks", run.tasks},
                  {"seed", run.seed},           {"sequences", run.sequences}, {"seconds", run.seconds}};
    line["test"] = JsonLine::array();
    for (const auto& row : run.test) {
      JsonLine shown = JsonLine::object();
      for (const auto& [name, value] : row.setting) shown[name] = value;
      for (const auto& [name, value] : row.figures) shown[name] = value;
      line["test"].push_back(std::move(shown));
    }
    text += line.dump() + "\n";
  }
  write_file(file, text);
}

std::vector<fs::path> result_files() {
  std::error_code fault;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(project_folder() / "results", fault))
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace mneme
