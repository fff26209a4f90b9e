// eval: tests a trained model, a row for each setting of its task's test.
#include <charconv>

#include "mneme/cli/command.h"
#include "mneme/cli/legibility.h"
#include "mneme/cli/project.h"
#include "mneme/cli/trained.h"
#include "mneme/core/error.h"
#include "mneme/core/figure_text.h"

namespace mneme {
namespace {

/// "wrong_bits_percent=0.1": what --min and --max ask of every row.
struct Threshold {
  std::string figure;
  double value;
  bool at_most;
};

std::vector<Threshold> thresholds(const Command& command, const std::vector<std::string>& texts,
                                  bool at_most) {
  std::vector<Threshold> list;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    Threshold threshold{text.substr(0, equals), 0, at_most};
    const char* const end = text.data() + text.size();
    const char* const begin = equals == std::string::npos ? end : text.data() + equals + 1;
    const auto [stopped, fault] = std::from_chars(begin, end, threshold.value);
    if (fault != std::errc() || stopped != end)
      command.refuse((at_most ? "--max is " : "--min is ") + text + ", expected figure=number");
    list.push_back(std::move(threshold));
  }
  return list;
}

void check_names(const Command& command, const std::vector<Threshold>& limits, const EvaluationRow& row) {
  for (const Threshold& limit : limits) {
    if (row.figures.contains(limit.figure)) continue;
    std::vector<std::string> known;
    std::string all;
    for (const auto& [name, value] : row.figures) {
      known.push_back(name);
      all.append(all.empty() ? "" : ", ").append(name);
    }
    const std::string nearest = nearest_word(limit.figure, known);
    command.refuse("unknown figure " + limit.figure +
                   (nearest.empty() ? "; this test has " + all : "; did you mean " + nearest + "?"));
  }
}

void check_values(const std::vector<Threshold>& limits, const std::vector<EvaluationRow>& rows) {
  std::string missed;
  for (const Threshold& limit : limits) {
    for (const EvaluationRow& row : rows) {
      const double value = row.figures.at(limit.figure);
      if (limit.at_most ? value <= limit.value : value >= limit.value) continue;
      std::string where;
      for (const auto& [name, number] : row.setting)
        where.append(where.empty() ? " at " : ", ").append(name + " " + std::to_string(number));
      missed.append(missed.empty() ? "" : "\n")
          .append("eval: " + limit.figure + " is " + figure_text(value) + where + ", expected at " +
                  (limit.at_most ? "most " : "least ") + figure_text(limit.value));
    }
  }
  if (!missed.empty()) throw ThresholdError(missed);
}

}  // namespace

int run_eval(const Arguments& arguments) {
  Command command(
      "eval", "Tests a trained model: a row for each setting of its task's test.",
      {{"mneme eval zoo/ntm-copy", "wrong bits at length 10, 20, 30, 50 and 120"},
       {"mneme eval runs/ntm-copy --json --sequences 100", "the same of a run's best checkpoint, as JSON"},
       {"mneme eval zoo/ntm-copy 'test_lengths=[200]'", "a test that the task does not have by itself"},
       {"mneme eval zoo/dnc-traversal --map maps/london-centre.txt",
        "walks on a map, its labels drawn at random"},
       {"mneme eval zoo/gpt-shakespeare passages=lambada.txt", "the last words of passages, one a line"},
       {"mneme eval zoo/ntm-copy --max wrong_bits_percent=0.1", "exit code 5 when a row is above"}});
  std::vector<std::string> words, at_least, at_most;
  std::string data, map;
  int64_t sequences = 1000, batch = 64;
  std::optional<uint64_t> seed;
  command.words("model", words, "a run or zoo folder, then settings as key=value");
  command.integer("--sequences", sequences, 1, "sequences in a row (tasks of published files take them all)");
  command.integer("--batch", batch, 1, "sequences at a time");
  command.integer("--seed", seed, "of the test's sequences (default: that of the training)");
  command.texts("--min", at_least, "FIGURE=VALUE",
                "every row's figure must be at least this, or exit code 5");
  command.texts("--max", at_most, "FIGURE=VALUE", "every row's figure must be at most this, or exit code 5");
  command.text("--data", data, "PATH", "where the task's data is");
  command.text("--map", map, "PATH",
               "the test is about this map or family tree, a file or folder (graph tasks)");
  if (!command.parse(arguments)) return 0;

  if (words.empty()) command.refuse("no model given; name a run or zoo folder (mneme list zoo)");
  std::vector<Threshold> limits = thresholds(command, at_least, false);
  for (auto& limit : thresholds(command, at_most, true)) limits.push_back(std::move(limit));
  std::vector<std::string> overrides(words.begin() + 1, words.end());
  if (!data.empty()) overrides.push_back("task.data=" + data);
  if (!map.empty()) overrides.push_back("task.map=" + project_file("map", map, map_files()).string());

  const TrainedModel trained = load_trained(trained_folder(words.front()), overrides);
  const uint64_t test_seed = seed.value_or(trained.seed);
  const size_t all = trained.task->test_settings().size();
  size_t done = 0;
  const auto rows =
      evaluate(*trained.model, *trained.task, sequences, batch, test_seed, [&](const EvaluationRow& row) {
        if (done++ == 0) check_names(command, limits, row);
        log_progress("eval: " + std::to_string(done) + " of " + std::to_string(all) + " rows");
      });
  log_progress("");

  Result result{"eval", trained.recipe.model, test_seed, {}};
  for (const EvaluationRow& row : rows) {
    result.rows.push_back(test_row(row));
    for (const auto& [name, note] : trained.task->notes()) result.rows.back()[name] = note;
  }
  if (const auto figures = overall(*trained.task, rows); !figures.empty()) result.rows.push_back(overall_row(figures));
  if (const auto legibility = legibility_row(trained, test_seed)) result.rows.push_back(*legibility);
  command.print(result);
  check_values(limits, rows);
  return 0;
}

}  // namespace mneme
