// train: trains a model by a recipe, under one seed or setting or several, or goes on with a run.
#include <chrono>
#include <cstdio>

#include "mneme/cli/command.h"
#include "mneme/cli/numbers.h"
#include "mneme/cli/project.h"
#include "mneme/cli/signals.h"
#include "mneme/cli/sweep.h"
#include "mneme/cli/training_session.h"
#include "mneme/core/figure_text.h"
#include "mneme/core/log.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;

struct TrainRequest {
  std::vector<std::string> files, overrides;
  std::string out, resume, dump;
  std::optional<uint64_t> seed;
  std::vector<std::string> sweeps;
  int64_t seeds = 0, at_once = 0;
  bool dry = false;
  bool several() const { return seeds > 0 || !sweeps.empty(); }
};

/// Words with "=" are settings; the others are recipe files, of which later ones win.
void sort_words(const std::vector<std::string>& words, TrainRequest& request) {
  for (const std::string& word : words) {
    if (word.find('=') != std::string::npos)
      request.overrides.push_back(word);
    else
      request.files.push_back(project_file("recipe", word, recipe_files()).string());
  }
  if (request.seed) request.overrides.push_back("training.seed=" + std::to_string(*request.seed));
}

void check(const Command& command, const TrainRequest& request) {
  if (request.files.empty() && request.resume.empty())
    command.refuse("no recipe given; name one, such as recipes/ntm/copy.toml (mneme list recipes)");
  if (!request.dump.empty() && request.dump != "full" && request.dump != "minimal")
    command.refuse("--dump-recipe is " + request.dump + ", expected one of full, minimal");
  if (!request.resume.empty() && !request.files.empty() && !request.several())
    command.refuse("--resume takes the recipe from the run; leave " + request.files.front() + " out");
  if (!request.resume.empty() && !request.out.empty())
    command.refuse("--resume goes on in its own folder; leave --out out");
  if (!request.resume.empty() && request.files.empty() && request.several())
    command.refuse("--resume with --seeds or --sweep needs the recipe as well, for what was not started yet");
}

Recipe recipe_of(const TrainRequest& request) {
  if (request.files.empty()) return recipe_of_run(request.resume, request.overrides);
  return read_recipe({request.files.begin(), request.files.end()}, request.overrides);
}

uint64_t seed_of(const Recipe& recipe) {
  return static_cast<uint64_t>(training_options(recipe).seed);
}

int show_dry_run(const Command& command, const Recipe& recipe) {
  const DryRun dry = dry_run(recipe);
  ResultRow row;
  row["task"] = recipe.task;
  row["parameters"] = dry.parameters;
  row["parameter_bytes"] = dry.parameter_bytes;
  row["multiply_adds_per_step"] = dry.multiply_adds_per_step;
  row["longest_sequence"] = dry.longest_sequence;
  row["batch_bytes"] = dry.batch_bytes;
  row[dry.unit] = finite_or_null(dry.loss);
  command.print({"train", recipe.model, seed_of(recipe), {row}});
  log_info("dry run: one update on two sequences went well; nothing was written");
  return 0;
}

int train_one(const Command& command, const TrainRequest& request, const Recipe& recipe) {
  const bool resume = !request.resume.empty();
  const fs::path folder = resume                ? fs::path(request.resume)
                          : request.out.empty() ? fresh_run_folder(recipe.model + "-" + recipe.task)
                                                : fs::path(request.out);
  const Session session = run_session(recipe, folder, resume);
  command.print({"train", recipe.model, seed_of(recipe), session_rows(session.result, folder)});
  return session.exit_code;
}

/// "2 of 10 done; seed-3: update 1,200, 0.05 bits per sequence; seed-4: …"
std::string variants_text(const std::vector<VariantNow>& running, int64_t ended, size_t all) {
  std::string text = std::to_string(ended) + " of " + std::to_string(all) + " done";
  for (const VariantNow& now : running) {
    text += "; " + now.name + ": ";
    text += now.unit.empty() ? "starting"
                             : "update " + count_text(now.updates) + ", " + figure_text(now.loss) + " " +
                                   spoken(now.unit);
  }
  return text;
}

/// Every recipe is read before the first is trained, so that a wrong value costs nothing.
void check_variants(const TrainRequest& request, const std::vector<Variant>& variants) {
  for (const Variant& variant : variants) {
    auto overrides = request.overrides;
    for (auto& setting : settings_of(variant)) overrides.push_back(std::move(setting));
    read_recipe({request.files.begin(), request.files.end()}, overrides);
  }
}

int train_several(const Command& command, const TrainRequest& request, const Recipe& recipe) {
  const uint64_t first = seed_of(recipe);
  std::vector<Sweep> sweeps;
  for (const auto& text : request.sweeps) sweeps.push_back(parse_sweep(text));
  const std::string plural = sweeps.empty() ? "-seeds" : "-sweep";
  const fs::path folder = !request.resume.empty() ? fs::path(request.resume)
                          : request.out.empty()   ? fresh_run_folder(recipe.model + "-" + recipe.task + plural)
                                                  : fs::path(request.out);
  const std::string program = fs::read_symlink("/proc/self/exe").string();
  const StopRequest stop;
  VariantsRun run;
  run.folder = folder;
  run.variants = combinations(sweeps, request.seeds, first);
  check_variants(request, run.variants);
  run.at_once = request.at_once;
  run.stop = &stop.flag();
  run.progress = [](const std::string& text) { log_info(text); };
  const auto pause = std::chrono::seconds(log_goes_to_terminal() ? 0 : 30);
  run.watch = [&, last = std::chrono::steady_clock::now()](const std::vector<VariantNow>& running,
                                                           int64_t ended) mutable {
    if (std::chrono::steady_clock::now() - last < pause) return;
    last = std::chrono::steady_clock::now();
    log_progress(variants_text(running, ended, run.variants.size()));
  };
  run.command = [&](const Variant& variant, const fs::path& variant_folder) {
    std::vector<std::string> words{program, "train", "--threads", "1"};
    if (fs::exists(variant_folder / "recipe.toml")) {
      words.insert(words.end(), {"--resume", variant_folder.string()});
      return words;
    }
    words.insert(words.end(), request.files.begin(), request.files.end());
    words.insert(words.end(), request.overrides.begin(), request.overrides.end());
    for (auto& setting : settings_of(variant)) words.push_back(std::move(setting));
    words.insert(words.end(), {"--out", variant_folder.string()});
    return words;
  };
  log_info("training " + std::to_string(run.variants.size()) + (sweeps.empty() ? " seeds in " : " settings in ") +
           folder.string());
  const VariantsSummary summary = train_variants(run);
  log_progress("");
  command.print({"train", recipe.model, first, variants_rows(summary, folder)});

  if (stop.exit_code() != 0) {
    std::string again = "mneme train";
    for (const auto& word : request.files) again += " " + word;
    for (const auto& word : request.overrides) again += " '" + word + "'";
    for (const auto& text : request.sweeps) again += " --sweep '" + text + "'";
    if (request.seeds > 0) again += " --seeds " + std::to_string(request.seeds);
    log_info("stopped and saved; to go on: " + again + " --resume " + folder.string());
    return stop.exit_code();
  }
  int code = 0;
  for (const VariantOutcome& outcome : summary.outcomes) {
    if (outcome.exit_code == 0) continue;
    const std::string name = variant_name(outcome.variant);
    log_warning(name + " failed with exit code " + std::to_string(outcome.exit_code) + "; see " +
                (folder / (name + ".log")).string());
    if (code == 0) code = outcome.exit_code;
  }
  return code;
}

}  // namespace

int run_train(const Arguments& arguments) {
  Command command(
      "train", "Trains a model by a recipe, and tests it.",
      {{"mneme train recipes/ntm/copy.toml", "the NTM learns to copy; the run is kept in runs/ntm-copy"},
       {"mneme train recipes/ntm/copy.toml model.slots=64 learning_rate=1e-3",
        "with other settings than the recipe's"},
       {"mneme train recipes/ntm/copy.toml --seeds 10 --json", "ten seeds side by side and their medians"},
       {"mneme train recipes/memn2n/babi-single.toml --sweep task.tasks=[1]..[20]",
        "a run for each of several settings, and a summary"},
       {"mneme train --resume runs/ntm-copy", "go on after an interruption, to the same numbers"},
       {"mneme train --resume runs/ntm-copy length=40ku", "train a run longer"},
       {"mneme train recipes/ntm/copy.toml --dry-run", "sizes only; writes nothing"}});
  TrainRequest request;
  std::vector<std::string> words;
  command.words("recipe", words, "recipe files (later ones win), and settings as key=value");
  command.integer("--seed", request.seed, "seed of the run, or the first of --seeds (default: the recipe's)");
  command.integer("--seeds", request.seeds, 1, "train under so many seeds, a process and a thread each");
  command.texts("--sweep", request.sweeps, "KEY=V1,V2,...",
                "train with each of these values (1..3: 1,2,3); repeatable, and with --seeds: every combination");
  command.integer("--at-once", request.at_once, 1, "runs at a time (default: as many as there are cores)");
  command.text("--out", request.out, "FOLDER", "the run's folder (default: runs/MODEL-TASK)");
  command.text("--resume", request.resume, "FOLDER", "go on with this run");
  command.flag("--dry-run", request.dry, "build everything, try one update, print sizes, write nothing");
  command.text("--dump-recipe", request.dump, "HOW", "print the recipe, full or minimal, as TOML and exit");
  if (!command.parse(arguments)) return 0;

  sort_words(words, request);
  check(command, request);
  const Recipe recipe = recipe_of(request);
  if (!request.dump.empty()) {
    std::fputs(recipe_text(recipe, request.dump == "full").c_str(), stdout);
    return 0;
  }
  if (request.dry) return show_dry_run(command, recipe);
  if (request.several()) return train_several(command, request, recipe);
  return train_one(command, request, recipe);
}

}  // namespace mneme
