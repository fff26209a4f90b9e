// report: writes the page of a run or a zoo entry.
#include "mneme/cli/command.h"
#include "mneme/cli/trained.h"
#include "mneme/core/safetensors.h"
#include "mneme/report/figure.h"

namespace mneme {

int run_report(const Arguments& arguments) {
  Command command(
      "report",
      "Writes one self-contained HTML page: how the model learned, and what it did on some sequences.",
      {{"mneme report runs/ntm-copy", "writes runs/ntm-copy/report.html and prints the path"},
       {"mneme report zoo/ntm-copy --out copy.html", "the page of a model of the zoo"},
       {"mneme report runs/act-parity-sweep", "what nets gave that train --sweep model.time_penalty=… trained"},
       {"mneme report zoo/ntm-copy --figure copy.svg", "its first sequence as a figure, for a document"}});
  std::string figure;
  command.text("--figure", figure, "FILE", "draw the first sequence of an NTM as SVG, instead of the page");
  const TraceRequest request(command,
                             "the page (default: report.html in a run, runs/reports/NAME.html otherwise)");
  if (!command.parse(arguments)) return 0;

  auto [folder, trace, file] = request.make("report.html", "reports");
  if (figure.empty()) {
    write_report(folder, trace, file);
  } else {
    file = figure;
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
    write_file(file, figure_svg(trace.views.front()));
  }

  ResultRow row;
  row[figure.empty() ? "report" : "figure"] = std::filesystem::absolute(file).lexically_normal().string();
  row["bytes"] = std::filesystem::file_size(file);
  command.print({"report", trace.model, trace.seed, {row}});
  return 0;
}

}  // namespace mneme
