// inspect: asks a trained model what it did, and writes the trace.
#include "mneme/cli/command.h"
#include "mneme/cli/trained.h"
#include "mneme/core/safetensors.h"

namespace mneme {

int run_inspect(const Arguments& arguments) {
  Command command(
      "inspect",
      "Asks a trained model what it did on some sequences, and writes the trace: plain data as JSON.",
      {{"mneme inspect zoo/ntm-copy", "the task's own choice of sequences"},
       {"mneme inspect runs/ntm-copy --sequence length=50 --out copy-50.json",
        "one sequence of 50 vectors"}});
  const TraceRequest request(command,
                             "the trace (default: trace.json in a run, runs/traces/NAME.json otherwise)");
  if (!command.parse(arguments)) return 0;

  const auto [folder, trace, file] = request.make("trace.json", "traces");
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  write_file(file, trace_to_json(trace));

  Result result{"inspect", trace.model, trace.seed, {}};
  for (const TraceView& view : trace.views) {
    ResultRow row;
    row["view"] = view.kind;
    row["title"] = view.title;
    row["arrays"] = view.arrays.size();
    row["file"] = file.string();
    result.rows.push_back(std::move(row));
  }
  command.print(result);
  return 0;
}

}  // namespace mneme
