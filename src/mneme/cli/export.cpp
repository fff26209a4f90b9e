// export: what is worth keeping of a run, small enough to share.
#include "mneme/cli/command.h"
#include "mneme/training/checkpoint.h"

namespace mneme {

int run_export(const Arguments& arguments) {
  Command command("export",
                  "Writes the best model of a run with its recipe and the thinned log: what eval, inspect and "
                  "report take.",
                  {{"mneme export runs/ntm-copy zoo/ntm-copy", "the run becomes an entry of the zoo"},
                   {"mneme export runs/translate zoo/translate --float16", "in half the space, 11 bits a parameter"}});
  std::vector<std::string> folders;
  bool float16 = false;
  command.words("folders", folders, "the run, and the folder to write");
  command.flag("--float16", float16, "store parameters in 16 bits (default: 32)");
  if (!command.parse(arguments)) return 0;
  if (folders.size() != 2)
    command.refuse("got " + std::to_string(folders.size()) + " folders, expected the run and the folder to write");

  export_trained(folders[0], folders[1], float16 ? StoredAs::float16 : StoredAs::float32);
  const TrainedModel trained = load_trained(folders[1]);  // what was written is what a user will read
  ResultRow row;
  row["folder"] = std::filesystem::absolute(folders[1]).lexically_normal().string();
  row["updates"] = trained.updates;
  row["bytes"] = std::filesystem::file_size(trained.file);
  command.print({"export", trained.recipe.model, trained.seed, {row}});
  return 0;
}

}  // namespace mneme
