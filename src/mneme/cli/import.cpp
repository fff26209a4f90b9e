// import: published weights of a language model become a model folder of our own.
#include "mneme/cli/command.h"
#include "mneme/core/error.h"
#include "mneme/core/safetensors.h"
#include "mneme/models/transformer/pretrained.h"
#include "mneme/tasks/text/gpt2_units.h"
#include "mneme/training/checkpoint.h"

namespace mneme {
namespace fs = std::filesystem;
namespace {

Settings settings_of(const std::vector<OptionInfo>& options) {
  Settings settings;
  for (const OptionInfo& option : options) settings[option.key] = {option.value, "config.json"};
  return settings;
}

/// The files of the vocabulary that lies beside the weights; none where the program can read none.
std::vector<fs::path> vocabulary_files(const fs::path& folder) {
  for (const auto& [numbers, merges] :
       {std::pair("vocab.json", "merges.txt"), std::pair("encoder.json", "vocab.bpe")})
    if (fs::exists(folder / numbers) && fs::exists(folder / merges))
      return {folder / numbers, folder / merges};
  return {};
}

Recipe recipe_of(const fs::path& from, const fs::path& to, const PretrainedShape& shape) {
  Recipe recipe;
  recipe.model = "gpt";
  recipe.task = "text";
  recipe.model_settings = settings_of(describe_options(shape.options));
  const auto set = [&](const char* key, OptionValue value) {
    recipe.task_settings[key] = {std::move(value), "import"};
  };
  set("context", shape.options.context);
  const auto files = vocabulary_files(from);
  if (files.empty()) {
    set("units", "numbers");
    set("numbers", shape.tokens);
  } else {
    const int64_t size = read_gpt2_units(from)->size();
    if (size != shape.tokens)
      throw Error(files.front().string() + " has " + std::to_string(size) +
                  " tokens, the model of config.json " + std::to_string(shape.tokens));
    set("units", "gpt2");
    set("vocabulary", fs::absolute(to).lexically_normal().string());
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
  const Recipe recipe = recipe_of(from, to, shape);
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
  fs::create_directories(to);
  for (const fs::path& file : vocabulary_files(from)) fs::copy_file(file, to / file.filename());
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
