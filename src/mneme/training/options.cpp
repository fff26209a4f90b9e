#include "mneme/training/options.h"

#include "mneme/training/length.h"
#include "mneme/training/recipe.h"

namespace mneme {
namespace {

/// "copy.toml:7:1: training.length", for errors.
std::string name_of(const Settings& settings, const std::string& key) {
  const auto found = settings.find(key);
  return (found == settings.end() ? "" : found->second.origin + ": ") + "training." + key;
}

void require_counted(const std::string& name, const std::string& text) {
  if (parse_length(name, text).unit == Length::Unit::seconds)
    throw UsageError(name + " is \"" + text +
                     "\", expected updates (\"500u\") or sequences (\"20kseq\"): "
                     "by the clock a resumed run would differ");
}

}  // namespace

TrainingOptions training_options(const Recipe& recipe) {
  TrainingOptions options;
  Settings settings = recipe.training_settings;
  for (const auto& option : describe_options(options)) {
    const auto found = settings.find(option.key);
    if (found == settings.end() || !std::holds_alternative<std::string>(option.value)) continue;
    if (const auto* updates = std::get_if<int64_t>(&found->second.value);
        updates && option.limits.words.empty())
      found->second.value = std::to_string(*updates);
  }
  apply_settings(options, "training", settings);

  parse_length(name_of(settings, "length"), options.length);
  parse_length(name_of(settings, "checkpoint_every"), options.checkpoint_every);
  require_counted(name_of(settings, "validate_every"), options.validate_every);
  require_counted(name_of(settings, "log_every"), options.log_every);
  require_counted(name_of(settings, "warmup"), options.warmup);
  require_counted(name_of(settings, "curriculum_length"), options.curriculum_length);
  if (options.schedule == "inverse-sqrt" && parse_length("", options.warmup).none())
    throw UsageError(name_of(settings, "warmup") + " is \"" + options.warmup +
                     "\", expected a length: with training.schedule inverse-sqrt the rate falls from its end on");
  if (options.curriculum == "loss" && options.curriculum_below <= 0)
    throw UsageError(name_of(settings, "curriculum_below") +
                     " is 0, expected the loss at which the difficulty rises (training.curriculum is loss)");
  return options;
}

}  // namespace mneme
