#include "mneme/training/checkpoint.h"

#include <algorithm>

#include "mneme/training/checkpoint_folder.h"
#include "mneme/training/metrics.h"
#include "mneme/training/model_files.h"
#include "mneme/training/options.h"
#include "mneme/training/trainer.h"

namespace mneme {
namespace {

constexpr const char* kModelFile = "model.safetensors";

struct StoredModel {
  std::filesystem::path file;
  Archive archive;
  std::string prefix;  // of the names of the parameters to use
};

StoredModel read_model(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder / kModelFile))
    return {folder / kModelFile, read_archive(folder / kModelFile), ""};
  const CheckpointFolder checkpoints(folder);
  const auto& manifest = checkpoints.manifest();
  if (manifest.best) return {checkpoints.path_of(*manifest.best), checkpoints.read(*manifest.best), ""};
  if (manifest.latest.empty())
    throw UsageError(folder.string() + " holds no trained model: neither checkpoints nor " + kModelFile);
  const auto& entry = manifest.latest.back();
  StoredModel stored{checkpoints.path_of(entry), checkpoints.read(entry), "parameters."};
  const auto& tensors = stored.archive.tensors;
  if (std::any_of(tensors.begin(), tensors.end(),
                  [](const auto& item) { return item.first.starts_with("averages."); }))
    stored.prefix = "averages.";
  return stored;
}

int64_t number_of(const StoredModel& stored, const std::string& key) {
  const auto found = stored.archive.metadata.find(key);
  return found == stored.archive.metadata.end() ? 0 : std::stoll(found->second);
}

void load_parameters(const StoredModel& stored, const std::filesystem::path& folder, const NamedTensors& parameters) {
  try {
    load_tensors(stored.archive, stored.prefix, parameters);
  } catch (const Error& error) {
    throw Error(stored.file.string() + " does not fit " + folder.string() + ": " + error.what());
  }
}

}  // namespace

void copy_parameters(const std::filesystem::path& trained, const std::filesystem::path& folder,
                     const NamedTensors& parameters) {
  load_parameters(read_model(trained), folder, parameters);
}

TrainedModel load_trained(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
  TrainedModel trained;
  trained.recipe = recipe_of_run(path, overrides);
  const StoredModel stored = read_model(path);
  trained.task = make_task(trained.recipe.task, trained.recipe.task_settings, read_model_files(path));
  require_model_files(stored.archive, stored.file, trained.task->files(), path);
  Random random;
  trained.model = make_model(trained.recipe, *trained.task, random);

  NamedTensors parameters;
  for (const auto& parameter : trained.model->named_parameters())
    parameters.emplace_back(parameter.key(), parameter.value());
  load_parameters(stored, path / "recipe.toml", parameters);
  trained.model->eval();
  trained.seed = static_cast<uint64_t>(number_of(stored, "seed"));
  trained.updates = number_of(stored, "update");
  trained.file = stored.file;
  return trained;
}

void export_trained(const std::filesystem::path& run_folder, const std::filesystem::path& folder,
                    StoredAs stored_as, int64_t metric_lines) {
  const TrainedModel trained = load_trained(run_folder);
  std::filesystem::create_directories(folder);

  const auto dtype = stored_as == StoredAs::float16 ? at::kHalf : at::kFloat;
  Archive archive;
  for (const auto& parameter : trained.model->named_parameters())
    store_tensors(archive, "", {{parameter.key(), parameter.value().to(dtype)}});
  archive.metadata = {{"seed", std::to_string(trained.seed)}, {"update", std::to_string(trained.updates)}};
  note_model_files(archive, trained.task->files());
  write_archive(folder / kModelFile, archive);
  write_model_files(folder, trained.task->files());
  write_file(folder / "recipe.toml", recipe_text(trained.recipe, /*full=*/false));

  const auto lines = read_metrics(run_folder / "metrics.jsonl");
  const auto is_training = [](const JsonLine& line) { return line.value("kind", "") == "train"; };
  const int64_t count = std::count_if(lines.begin(), lines.end(), is_training);
  const int64_t distance =
      std::max<int64_t>(1, (count + metric_lines - 1) / std::max<int64_t>(metric_lines, 1));
  std::string text;
  int64_t seen = 0;
  for (const auto& line : lines)
    if (!is_training(line) || seen++ % distance == 0) text += line.dump() + "\n";
  write_file(folder / "metrics.jsonl", text);
}

}  // namespace mneme
