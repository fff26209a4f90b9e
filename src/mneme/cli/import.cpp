// import: published weights of a language model become a model folder of our own.
#include "mneme/cli/command.h"
#include "mneme/core/error.h"
#include "mneme/core/safetensors.h"
#include "mneme/models/transformer/pretrained.h"
#include "mneme/tasks/task.h"
#include "mneme/training/checkpoint.h"
#include "mneme/training/model_files.h"

namespace mneme {
namespace fs = std::filesystem;
namespace {

Settings settings_from(const std::vector<OptionInfo>& options) {
  Settings settings;
  for (const OptionInfo& option : options) settings[option.key] = {option.value, "config.json"};
  return settings;
}

/// Whether the vocabulary beside the weights is one that the program can read.
bool has_vocabulary(const fs::path& folder) {
  for (const auto& [numbers, merges] :
       {std::pair("vocab.json", "merges.txt"), std::pair("encoder.json", "vocab.bpe")})
    if (fs::exists(folder / numbers) && fs::exists(folder / merges)) return true;
  return false;
}

Recipe recipe_of(const fs::path& from, const PretrainedShape& shape) {
  Recipe recipe;
  recipe.model = "gpt";
  recipe.task = "text";
  recipe.model_settings = settings_from(describe_options(shape.options));
  const auto set = [&](const char* key, OptionValue value) {
    recipe.task_settings[key] = {std::move(value), "import"};
  };
  set("context", shape.options.context);
  if (has_vocabulary(from)) {
    set("units", "gpt2");
    set("vocabulary", from.string());
  } else {
    set("units", "numbers");
    set("numbers", shape.tokens);
  }
  recipe.about["title"] = "imported from " + fs::absolute(from).lexically_normal().string();
  return recipe;
}

}  // namespace

int run_import(const Arguments& arguments) {
  Command command("import",
                  "Takes in published weights in the names of Hugging Face: a folder with config.json "
                  "(model_type gpt2 or\n"
                  "llama), model.safetensors and GPT-2's vocab.json and merges.txt. Without a vocabulary "
                  "that it can read\n"
                  "a token is written as its number.",
                  {{"mneme import ~/gpt2 runs/gpt2",
                    "and then: mneme generate runs/gpt2 --prompt \"In a shocking finding,\""}});
  std::vector<std::string> folders;
  command.words("folders", folders, "the folder of the weights, and the folder to write");
  if (!command.parse(arguments)) return 0;
  if (folders.size() != 2)
    command.refuse("got " + std::to_string(folders.size()) +
                   " folders, expected that of the weights and the one to write");
  const fs::path from = folders[0], to = folders[1];
  if (!fs::exists(from / "config.json")) command.refuse((from / "config.json").string() + " is not there");
  if (fs::exists(to) && !(fs::is_directory(to) && fs::is_empty(to)))
    command.refuse(to.string() + " is there already, expected a new folder");

  const PretrainedShape shape = read_pretrained_shape(from / "config.json");
  const Archive weights = read_pretrained_archive(from);
  Recipe recipe = recipe_of(from, shape);
  const auto task = make_task(recipe.task, recipe.task_settings);
  if (task->sizes().tokens != shape.tokens)
    throw Error(from.string() + ": the vocabulary has " + std::to_string(task->sizes().tokens) +
                " tokens, the model of config.json " + std::to_string(shape.tokens));
  recipe.task_settings.erase("vocabulary");  // it will be beside the weights
  Random random;
  Gpt model(shape.options, ModelSizes{.outputs = shape.tokens, .tokens = shape.tokens}, random);
  copy_pretrained(shape, weights, *model);

  Archive archive;
  int64_t parameters = 0;
  for (const auto& parameter : model->named_parameters()) {
    store_tensors(archive, "", {{parameter.key(), parameter.value()}});
    parameters += parameter.value().numel();
  }
  archive.metadata = {{"seed", "1"}, {"update", "0"}};
  note_model_files(archive, task->files());
  fs::create_directories(to);
  write_model_files(to, task->files());
  write_file(to / "recipe.toml", recipe_text(recipe, /*full=*/false));
  write_archive(to / "model.safetensors", archive);
  const TrainedModel trained = load_trained(to);  // what was written is what a user will read
  ResultRow row;
  row["folder"] = fs::absolute(to).lexically_normal().string();
  row["kind"] = shape.kind;
  row["parameters"] = parameters;
  row["bytes"] = fs::file_size(trained.file);
  command.print({"import", trained.recipe.model, std::nullopt, {row}});
  return 0;
}

}  // namespace mneme
