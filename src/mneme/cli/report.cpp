// report: writes the page of a run or a zoo entry.
#include "mneme/cli/command.h"
#include "mneme/cli/trained.h"

namespace mneme {

int run_report(const Arguments& arguments) {
  Command command(
      "report",
      "Writes one self-contained HTML page: how the model learned, and what it did on some sequences.",
      {{"mneme report runs/ntm-copy", "writes runs/ntm-copy/report.html and prints the path"},
       {"mneme report zoo/ntm-copy --out copy.html", "the page of a model of the zoo"}});
  const TraceRequest request(command,
                             "the page (default: report.html in a run, runs/reports/NAME.html otherwise)");
  if (!command.parse(arguments)) return 0;

  const auto [folder, trace, file] = request.make("report.html", "reports");
  write_report(folder, trace, file);

  ResultRow row;
  row["report"] = std::filesystem::absolute(file).lexically_normal().string();
  row["bytes"] = std::filesystem::file_size(file);
  command.print({"report", trace.model, trace.seed, {row}});
  return 0;
}

}  // namespace mneme
