// Trained models on disk. A run's checkpoints/ holds one safetensors archive a checkpoint and
// manifest.json, which is written last and names those that are whole:
//
//     {"version": 1, "latest": [{"file", "update", "bytes"}, …], "best": {"file", "update", "bytes",
//     "score"}}
#pragma once

#include <filesystem>
#include <memory>

#include "mneme/models/sequence_model.h"
#include "mneme/tasks/task.h"
#include "mneme/training/model_archive.h"
#include "mneme/training/recipe.h"

namespace mneme {

struct TrainedModel {
  Recipe recipe;
  std::unique_ptr<Task> task;
  std::shared_ptr<SequenceModel> model;  ///< in evaluation mode; the averaged weights where the run kept them
  uint64_t seed = 0;
  int64_t updates = 0;
  std::filesystem::path file;  ///< the archive that was read
};

/// `path` is a run folder (its best checkpoint, else its latest) or a zoo folder (model.safetensors and
/// recipe.toml), with the files of its task. `overrides` as for read_recipe: another path for the data, say.
/// Throws UsageError when it is neither, Error when a file is damaged or does not fit the recipe, or a file of the task
/// is not the one of the training.
TrainedModel load_trained(const std::filesystem::path& path, const std::vector<std::string>& overrides = {});

/// Copies the parameters of the model that is stored in `trained` (as load_trained finds it) into `parameters`, those
/// of a model of the recipe in `folder`, which the Error names that is thrown when names or shapes differ.
void copy_parameters(const std::filesystem::path& trained, const std::filesystem::path& folder,
                     const NamedTensors& parameters);

enum class StoredAs { float32, float16 };

/// Writes folder/{model.safetensors, recipe.toml, metrics.jsonl} and the files of the task: what load_trained and a
/// report need of the run, without optimiser state; metrics thinned to about `metric_lines` training lines. float16
/// takes half the space and keeps 11 bits of each parameter; the reader computes in float32 all the same.
void export_trained(const std::filesystem::path& run_folder, const std::filesystem::path& folder,
                    StoredAs stored_as = StoredAs::float32, int64_t metric_lines = 200);

}  // namespace mneme
