// list: models, tasks, recipes and the zoo; the options of one.
#include "mneme/cli/command.h"
#include "mneme/cli/project.h"
#include "mneme/core/error.h"
#include "mneme/core/log.h"
#include "mneme/models/sequence_model.h"
#include "mneme/tasks/task.h"
#include "mneme/training/options.h"
#include "mneme/training/recipe.h"

namespace mneme {
namespace {

std::string limits_text(const OptionLimits& limits) {
  if (!limits.words.empty()) {
    std::string text;
    for (const std::string& word : limits.words) text.append(text.empty() ? "" : "|").append(word);
    return text;
  }
  std::string low = limits.low ? option_text(*limits.low) : "",
              high = limits.high ? option_text(*limits.high) : "";
  for (std::string* text : {&low, &high})
    if (text->ends_with(".0")) text->resize(text->size() - 2);
  return low.empty() && high.empty() ? "" : low + ".." + high;
}

std::vector<ResultRow> option_rows(const std::vector<OptionInfo>& options, const std::string& section) {
  std::vector<ResultRow> rows;
  for (const OptionInfo& option : options) {
    ResultRow row;
    row["key"] = section + "." + option.key;
    row["default"] = option_text(option.value);
    row["limits"] = limits_text(option.limits);
    row["help"] = option.help;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string about_of(const std::string& file) {
  const Recipe recipe = read_recipe({project_folder() / file});
  const auto title = recipe.about.find("title");
  return title == recipe.about.end() ? recipe.model + " on " + recipe.task : title->second;
}

/// One that cannot be read is listed with what is wrong: `list` shall help then of all times.
void add_recipes(std::vector<ResultRow>& rows, const char* kind, const std::vector<std::string>& names,
                 const std::string& file) {
  for (const std::string& name : names) {
    std::string about;
    try {
      about = about_of(name + file);
    } catch (const Error& error) {
      about = error.what();
    }
    rows.push_back({{"kind", kind}, {"name", name}, {"about", about}});
  }
}

std::vector<ResultRow> overview(const std::string& what) {
  std::vector<ResultRow> rows;
  if (what.empty() || what == "models")
    for (const std::string& name : model_names()) rows.push_back({{"kind", "model"}, {"name", name}});
  if (what.empty() || what == "tasks")
    for (const std::string& name : task_names()) rows.push_back({{"kind", "task"}, {"name", name}});
  if (what.empty() || what == "recipes") add_recipes(rows, "recipe", recipe_files(), "");
  if (what.empty() || what == "zoo") add_recipes(rows, "zoo", zoo_entries(), "/recipe.toml");
  return rows;
}

std::vector<ResultRow> options_of_model(const std::string& name) {
  return option_rows(model_options(name), "model");
}

}  // namespace

int run_list(const Arguments& arguments) {
  Command command("list", "Lists models, tasks, recipes and trained models, or the options of one.",
                  {{"mneme list", "everything"},
                   {"mneme list recipes", "recipes, with what they are"},
                   {"mneme list model ntm", "the options of a model"},
                   {"mneme list task copy", "the options of a task"},
                   {"mneme list training", "the options of training"}});
  std::vector<std::string> words;
  command.words("what", words, "models, tasks, recipes, zoo, training, or: model NAME, task NAME");
  if (!command.parse(arguments)) return 0;

  const std::string what = words.empty() ? "" : words[0];
  const bool takes_name = what == "model" || what == "task";
  if (takes_name && words.size() < 2) command.refuse(what + " needs a name (mneme list " + what + "s)");
  if (words.size() > (takes_name ? 2u : 1u)) command.refuse("does not take the word " + words.back());

  Result result{"list", "", std::nullopt, {}};
  if (what == "model") {
    result.model = words[1];
    result.rows = options_of_model(words[1]);
  } else if (what == "task") {
    result.rows = option_rows(task_options(words[1]), "task");
  } else if (what == "training") {
    result.rows = option_rows(describe_options(TrainingOptions()), "training");
  } else {
    const std::vector<std::string> known{"models", "tasks", "recipes", "zoo", "training", "model", "task"};
    if (!what.empty() && what != "models" && what != "tasks" && what != "recipes" && what != "zoo") {
      const std::string nearest = nearest_word(what, known);
      command.refuse("does not know " + what + (nearest.empty() ? "" : "; did you mean " + nearest + "?") +
                     " (mneme list --help)");
    }
    result.rows = overview(what);
  }
  command.print(result);
  return 0;
}

}  // namespace mneme
