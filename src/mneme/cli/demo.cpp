// demo: the whole of it in one go: train the NTM that copies, test it, write its page.
#include <cstdio>

#include "mneme/cli/command.h"
#include "mneme/cli/project.h"
#include "mneme/cli/trained.h"
#include "mneme/cli/training_session.h"
#include "mneme/core/log.h"

namespace mneme {

int run_demo(const Arguments& arguments) {
  Command command(
      "demo", "Trains the Neural Turing Machine that copies, tests it on longer sequences, writes its page.",
      {{"mneme demo", "a few minutes on two cores"},
       {"mneme demo --seed 7 --json", "another run of it, its table as JSON"}});
  std::vector<std::string> overrides;
  std::optional<uint64_t> seed;
  std::string out;
  command.words("setting", overrides, "settings of recipes/ntm/copy.toml as key=value");
  command.integer("--seed", seed, "seed of the run (default: the recipe's)");
  command.text("--out", out, "FOLDER", "the run's folder (default: runs/demo)");
  if (!command.parse(arguments)) return 0;

  if (seed) overrides.push_back("training.seed=" + std::to_string(*seed));
  const Recipe recipe =
      read_recipe({project_file("recipe", "recipes/ntm/copy.toml", recipe_files())}, overrides);
  const std::filesystem::path folder = out.empty() ? fresh_run_folder("demo") : std::filesystem::path(out);
  log_info("an NTM learns to copy sequences of 1 to 20 vectors, and is tested on up to 120");
  const Session session = run_session(recipe, folder, /*resume=*/false);
  const auto run_seed = static_cast<uint64_t>(training_options(recipe).seed);
  command.print({"demo", recipe.model, run_seed, session_rows(session.result, folder)});
  if (session.exit_code != 0) return session.exit_code;

  log_info("writing the page");
  const std::filesystem::path page = std::filesystem::absolute(folder / "report.html").lexically_normal();
  write_report(folder, trace_of(load_trained(folder), {}, run_seed), page);
  if (!command.json())
    std::printf("\nreport: %s\n", page.c_str());
  else
    log_info("report: " + page.string());
  return 0;
}

}  // namespace mneme
