#include "mneme/training/recipe.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "mneme/models/sequence_model.h"
#include "mneme/tasks/task.h"
#include "mneme/training/options.h"
#include "mneme/training/recipe_file.h"

namespace mneme {
namespace {

const std::vector<std::string> kAboutKeys{"title", "paper", "published", "measured", "cost", "command"};

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

const std::string& text_of(const RecipeEntry& entry) {
  if (const auto* text = std::get_if<std::string>(&entry.setting.value)) return *text;
  throw UsageError(entry.setting.origin + ": " + entry.section + "." + entry.key + " is " +
                   option_text(entry.setting.value) + ", expected text in quotes");
}

void put(Recipe& recipe, const RecipeEntry& entry) {
  if (entry.section == "about") {
    if (!contains(kAboutKeys, entry.key)) {
      const std::string nearest = nearest_word(entry.key, kAboutKeys);
      throw UsageError(entry.setting.origin + ": unknown key about." + entry.key +
                       (nearest.empty() ? "; known keys: title, paper, published, measured, cost, command"
                                        : "; did you mean " + nearest + "?"));
    }
    recipe.about[entry.key] = text_of(entry);
    return;
  }
  if (entry.section == "training") {
    recipe.training_settings[entry.key] = entry.setting;
    return;
  }
  const bool model = entry.section == "model";
  Settings& settings = model ? recipe.model_settings : recipe.task_settings;
  if (entry.key != "name") {
    settings[entry.key] = entry.setting;
    return;
  }
  std::string& name = model ? recipe.model : recipe.task;
  const std::string& given = text_of(entry);
  if (name == given) return;
  const auto known = model ? model_names() : task_names();
  if (!contains(known, given)) {
    const std::string nearest = nearest_word(given, known);
    std::string list;
    for (const auto& word : known) list.append(list.empty() ? "" : ", ").append(word);
    throw UsageError(entry.setting.origin + ": unknown " + entry.section + " " + given +
                     (nearest.empty() ? "; known: " + list : "; did you mean " + nearest + "?"));
  }
  if (!name.empty()) settings.clear();
  name = given;
}

/// Puts a file's or command line's entries in: names first, so that a name drops only earlier settings.
void put_all(Recipe& recipe, const std::vector<RecipeEntry>& entries) {
  for (const auto& entry : entries)
    if (entry.key == "name") put(recipe, entry);
  for (const auto& entry : entries)
    if (entry.key != "name") put(recipe, entry);
}

/// The options of a section with their defaults.
std::vector<OptionInfo> known_options(const Recipe& recipe, std::string_view section) {
  if (section == "training") return describe_options(TrainingOptions());
  return section == "task" ? task_options(recipe.task) : model_options(recipe.model);
}

struct KnownKeys {
  std::map<std::string, std::vector<OptionInfo>, std::less<>> options;  // by section

  explicit KnownKeys(const Recipe& recipe) {
    for (const char* section : {"model", "task", "training"})
      options[section] = known_options(recipe, section);
  }
  bool has(std::string_view section, std::string_view key) const {
    const auto& list = options.find(section)->second;
    return std::any_of(list.begin(), list.end(), [&](const OptionInfo& option) { return option.key == key; });
  }
  std::vector<std::string> sections_of(std::string_view key) const {
    std::vector<std::string> sections;
    for (const auto& [section, list] : options)
      if (has(section, key)) sections.push_back(section);
    return sections;
  }
  std::vector<std::string> all() const {
    std::vector<std::string> keys;
    for (const auto& [section, list] : options)
      for (const auto& option : list) keys.push_back(option.key);
    return keys;
  }
};

std::string environment_name(std::string_view section, std::string_view key) {
  std::string name = "MNEME_" + std::string(section) + "_" + std::string(key);
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::vector<RecipeEntry> environment_names() {
  std::vector<RecipeEntry> entries;
  for (const char* section : {"model", "task"}) {
    const std::string variable = environment_name(section, "name");
    if (const char* value = std::getenv(variable.c_str()))
      entries.push_back({section, "name", {std::string(value), "environment " + variable}});
  }
  return entries;
}

std::vector<RecipeEntry> environment_settings(const KnownKeys& known) {
  std::vector<RecipeEntry> entries;
  for (const auto& [section, options] : known.options)
    for (const auto& option : options) {
      const std::string variable = environment_name(section, option.key);
      if (const char* value = std::getenv(variable.c_str()))
        entries.push_back({section, option.key, {value_of_words(value), "environment " + variable}});
    }
  return entries;
}

/// "model.slots=64"; a bare key has an empty section.
RecipeEntry split_override(const std::string& words) {
  const size_t equals = words.find('=');
  const std::string left = words.substr(0, equals);
  const size_t dot = left.find('.');
  RecipeEntry entry;
  entry.section = dot == std::string::npos ? "" : left.substr(0, dot);
  entry.key = dot == std::string::npos ? left : left.substr(dot + 1);
  if (equals == std::string::npos || entry.key.empty())
    throw UsageError("command line: " + words + " is no setting, expected section.key=value");
  if (!entry.section.empty() && !contains(recipe_sections(), entry.section)) {
    const std::string nearest = nearest_word(entry.section, recipe_sections());
    throw UsageError(
        "command line: unknown section " + entry.section + " in " + words +
        (nearest.empty() ? "; expected model, task or training" : "; did you mean " + nearest + "?"));
  }
  const std::string right = words.substr(equals + 1);
  const bool plain_text = entry.section == "about" || entry.key == "name";
  entry.setting = {plain_text ? OptionValue(right) : value_of_words(right), "command line"};
  return entry;
}

void find_section(RecipeEntry& entry, const KnownKeys& known) {
  if (!entry.section.empty()) return;
  const auto sections = known.sections_of(entry.key);
  if (sections.size() == 1) {
    entry.section = sections.front();
    return;
  }
  if (sections.empty()) {
    const std::string nearest = nearest_word(entry.key, known.all());
    throw UsageError("command line: unknown key " + entry.key +
                     (nearest.empty() ? "; expected section.key=value" : "; did you mean " + nearest + "?"));
  }
  std::string among, choices;
  for (const auto& section : sections) {
    among.append(among.empty() ? "" : " and of ").append(section);
    choices.append(choices.empty() ? "" : " or ").append(section + "." + entry.key);
  }
  throw UsageError("command line: " + entry.key + " is a key of " + among + ": write " + choices);
}

using Values = std::vector<std::pair<std::string, OptionValue>>;

Values values_of(const Settings& settings) {
  Values values;
  for (const auto& [key, setting] : settings) values.emplace_back(key, setting.value);
  return values;
}

Values values_of(const std::vector<OptionInfo>& options) {
  Values values;
  for (const auto& option : options) values.emplace_back(option.key, option.value);
  return values;
}

std::string toml(const Recipe& recipe, const Values& model, const Values& task, const Values& training) {
  std::string text;
  const auto line = [&text](const std::string& key, const OptionValue& value) {
    const auto* words = std::get_if<std::string>(&value);
    text += key + " = " + (words != nullptr ? toml_text(*words) : option_text(value)) + "\n";
  };
  const auto table = [&](const std::string& name, const Values& values) {
    text += (text.empty() ? "[" : "\n[") + name + "]\n";
    if (name == "model") line("name", recipe.model);
    if (name == "task") line("name", recipe.task);
    for (const auto& [key, value] : values) line(key, value);
  };
  if (!recipe.about.empty()) table("about", Values(recipe.about.begin(), recipe.about.end()));
  table("model", model);
  table("task", task);
  table("training", training);
  return text;
}

/// Throws UsageError for an unknown key and for a value of a wrong type or range.
void check_settings(const std::vector<OptionInfo>& options, std::string_view section, const Settings& settings) {
  refuse_unknown(options, section, settings);
  for (const OptionInfo& option : options)
    if (const auto given = settings.find(option.key); given != settings.end())
      checked_option(option, section, given->second);
}

void require_names(const Recipe& recipe, const std::vector<std::filesystem::path>& files) {
  const std::string origin = files.empty() ? "command line" : files.back().string();
  if (recipe.model.empty())
    throw UsageError(origin + ": the recipe names no model, expected name = \"…\" in [model]");
  if (recipe.task.empty())
    throw UsageError(origin + ": the recipe names no task, expected name = \"…\" in [task]");
}

}  // namespace

Recipe read_recipe(const std::vector<std::filesystem::path>& files,
                   const std::vector<std::string>& overrides) {
  Recipe recipe;
  for (const auto& file : files) put_all(recipe, read_recipe_file(file));
  put_all(recipe, environment_names());

  std::vector<RecipeEntry> given;
  for (const auto& words : overrides) given.push_back(split_override(words));
  for (const auto& entry : given)
    if (entry.key == "name" && !entry.section.empty()) put(recipe, entry);
  require_names(recipe, files);

  const KnownKeys known(recipe);
  put_all(recipe, environment_settings(known));
  for (auto& entry : given) find_section(entry, known);
  put_all(recipe, given);

  check_settings(known.options.at("model"), "model", recipe.model_settings);
  check_settings(known.options.at("task"), "task", recipe.task_settings);
  training_options(recipe);
  return recipe;
}

std::shared_ptr<SequenceModel> make_model(const Recipe& recipe, const Task& task, Random& random) {
  const TaskSizes sizes = task.sizes();
  return make_model(recipe.model, recipe.model_settings,
                    {sizes.features, sizes.outputs, sizes.tokens, sizes.context_tokens}, random);
}

std::vector<OptionInfo> recipe_options(const Recipe& recipe, std::string_view section) {
  if (section == "training") return describe_options(training_options(recipe));
  const auto task = make_task(recipe.task, recipe.task_settings);
  if (section == "task") return task->options();
  Random random;
  return make_model(recipe, *task, random)->model_options();
}

std::string recipe_text(const Recipe& recipe, const Task& task, const SequenceModel& model) {
  return toml(recipe, values_of(model.model_options()), values_of(task.options()),
              values_of(describe_options(training_options(recipe))));
}

std::string recipe_text(const Recipe& recipe, bool full) {
  if (!full)
    return toml(recipe, values_of(recipe.model_settings), values_of(recipe.task_settings),
                values_of(recipe.training_settings));
  const auto task = make_task(recipe.task, recipe.task_settings);
  Random random;
  return recipe_text(recipe, *task, *make_model(recipe, *task, random));
}

}  // namespace mneme
