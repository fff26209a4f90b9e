// table: what our trained models reach, beside the published figures.
#include <algorithm>
#include <cstdio>

#include "mneme/cli/babi_table.h"
#include "mneme/cli/command.h"
#include "mneme/cli/project.h"
#include "mneme/cli/translation_table.h"
#include "mneme/core/error.h"
#include "mneme/core/file.h"
#include "mneme/core/log.h"
#include "mneme/core/options.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;

struct TableKind {
  const char* name;
  ResultTable (*table)(const std::vector<RecordedRun>& runs);
  std::vector<ResultRow> (*rows)(const std::vector<RecordedRun>& runs);
};

const std::vector<TableKind>& tables() {
  static const std::vector<TableKind> all{{"babi", babi_table, babi_rows},
                                          {"translation", translation_table, translation_rows}};
  return all;
}

const TableKind& table_named(const Command& command, const std::string& name) {
  std::vector<std::string> known;
  for (const TableKind& table : tables()) {
    if (name == table.name) return table;
    known.push_back(table.name);
  }
  std::string list;
  for (const auto& each : known) list.append(list.empty() ? "" : ", ").append(each);
  const auto nearest = nearest_word(name, known);
  command.refuse("there is no table " + name + (nearest.empty() ? "; tables: " + list : "; did you mean " + nearest + "?"));
}

/// Those of the zoo and of results/, after those that the user named; a run that is in two places once.
std::vector<RecordedRun> all_runs(const std::vector<std::string>& named) {
  std::vector<RecordedRun> runs;
  const auto add = [&runs](const fs::path& path) {
    for (auto& run : recorded_runs(path)) {
      const bool known = std::any_of(runs.begin(), runs.end(), [&run](const RecordedRun& other) {
        return run.model == other.model && run.tasks == other.tasks && run.seed == other.seed &&
               run.sequences == other.sequences && run.seconds == other.seconds;
      });
      if (!known) runs.push_back(std::move(run));
    }
  };
  for (const auto& path : named) add(path);
  for (const auto& entry : zoo_entries()) add(project_folder() / entry);
  for (const auto& file : result_files()) add(file);
  return runs;
}

}  // namespace

int run_table(const Arguments& arguments) {
  Command command("table",
                  "Prints what the models of the zoo and the recorded results reach on a table of tasks, beside the "
                  "published figures.",
                  {{"mneme table babi", "twenty questions tasks, six models and more"},
                   {"mneme table babi --html babi.html", "the same as a page"},
                   {"mneme table translation", "BLEU and the FLOP of training, published and ours"},
                   {"mneme table babi runs/dmn-babi", "with a run, or a folder of runs, that is not in the zoo"},
                   {"mneme table babi --record results/dmn-babi-single.jsonl runs/dmn-babi-single",
                    "keep the tests of runs without their models"}});
  std::vector<std::string> words;
  std::string html, record;
  command.words("table", words, "the table's name (babi, translation), then runs to show beside the zoo's");
  command.text("--html", html, "FILE", "write a page instead of printing");
  command.text("--record", record, "FILE", "write the tests of the runs named to this file, and print nothing");
  if (!command.parse(arguments)) return 0;
  if (words.empty()) command.refuse("no table given; tables: babi, translation");
  const TableKind& table = table_named(command, words.front());
  const std::vector<std::string> named(words.begin() + 1, words.end());
  if (!record.empty()) {
    if (named.empty()) command.refuse("--record needs the runs whose tests are to be kept");
    std::vector<RecordedRun> runs;
    for (const auto& path : named)
      for (auto& run : recorded_runs(path)) runs.push_back(std::move(run));
    if (runs.empty()) throw UsageError("table: none of these runs was tested");
    if (const fs::path file = record; file.has_parent_path()) fs::create_directories(file.parent_path());
    write_recorded(record, runs);
    log_info("wrote the tests of " + std::to_string(runs.size()) + " runs to " + record);
    return 0;
  }
  const auto runs = all_runs(named);
  if (!html.empty()) {
    if (const fs::path file = html; file.has_parent_path()) fs::create_directories(file.parent_path());
    write_file(html, result_table_html(table.table(runs)));
    log_info("wrote " + html);
  }
  if (command.json())
    command.print({"table", "", std::nullopt, table.rows(runs)});
  else if (html.empty())
    std::fputs(result_table_text(table.table(runs)).c_str(), stdout);
  return 0;
}

}  // namespace mneme
