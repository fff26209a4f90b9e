// A recipe joins a model to a task and says how to train it: TOML with the tables
//
//     [about]     title, paper, published, measured, cost, command: free text for people
//     [model]     name = "ntm", and the model's options
//     [task]      name = "copy", and the task's options
//     [training]  TrainingOptions (training/options.h)
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mneme/core/options.h"

namespace mneme {

class Random;
class SequenceModel;
class Task;

struct Recipe {
  std::string model, task;
  Settings model_settings, task_settings, training_settings;
  std::map<std::string, std::string> about;
};

/// Reads recipe files and settings on top of them. What is said later wins: the files in their order, then
/// the environment (MNEME_MODEL_SLOTS=64; names that are no recipe key are left alone), then `overrides`:
/// "model.slots=64", or "slots=64" where only one section has the key. Values are written as in TOML, text
/// without quotes. A later model or task of another name drops the settings of the one before.
/// Throws UsageError, for instance
/// `copy.toml:7:1: unknown key model.slotz; did you mean slots?`,
/// `command line: batch is a key of task and of training: write task.batch or training.batch`.
Recipe read_recipe(const std::vector<std::filesystem::path>& files,
                   const std::vector<std::string>& overrides = {});

/// The recipe as TOML. `full` writes every option with its value, otherwise those that the recipe names.
/// Reading the text gives the same recipe. A full text needs the task's data (DataError).
std::string recipe_text(const Recipe& recipe, bool full);
/// The full text, with a task and model that were made from the recipe already.
std::string recipe_text(const Recipe& recipe, const Task& task, const SequenceModel& model);

/// The recipe's model with the sizes of its task; `random` initialises the parameters. Throws UsageError.
std::shared_ptr<SequenceModel> make_model(const Recipe& recipe, const Task& task, Random& random);

/// The options of a recipe's section ("model", "task", "training") with the values that the recipe gives.
/// Throws UsageError for a wrong setting. The task's may need its data (DataError).
std::vector<OptionInfo> recipe_options(const Recipe& recipe, std::string_view section);

}  // namespace mneme
