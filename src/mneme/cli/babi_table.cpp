#include "mneme/cli/babi_table.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "mneme/cli/numbers.h"
#include "mneme/core/figure_text.h"
#include "mneme/tasks/babi/story_task.h"

namespace mneme {
namespace {

constexpr int kTasks = 20;

using Errors = std::array<double, kTasks>;

struct Published {
  Errors errors;
  double mean;
  int failed;
};

// Graves et al. 2016 (Nature 538), extended data tables 1 and 2: the best of 20 runs by validation.
const Published kLstm{{24.5, 53.2, 48.3, 0.4, 3.5, 11.5, 15.0, 16.5, 10.5, 22.9,
                       6.1,  3.8,  0.5,  55.3, 44.7, 52.6, 39.2, 4.8, 89.5, 1.3},
                      25.2, 15};
const Published kNtm{{31.5, 54.5, 43.9, 0.0, 0.8, 17.1, 17.8, 13.8, 16.4, 16.6,
                      15.2, 8.9,  7.4,  24.2, 47.0, 53.6, 25.5, 2.2, 4.3, 1.5},
                     20.1, 16};
const Published kDnc1{{0.0, 1.3, 2.4, 0.0, 0.5, 0.0, 0.2, 0.1, 0.0, 0.2,
                       0.0, 0.1, 0.0, 0.3, 0.0, 52.4, 24.1, 4.0, 0.1, 0.0},
                      4.3, 2};
const Published kDnc2{{0.0, 0.4, 1.8, 0.0, 0.8, 0.0, 0.6, 0.3, 0.2, 0.2,
                       0.0, 0.0, 0.1, 0.4, 0.0, 55.1, 12.0, 0.8, 3.9, 0.0},
                      3.8, 2};
// Sukhbaatar et al. 2015, as Graves et al. quote them.
const Published kMemN2N{{0.0, 1.0, 6.8, 0.0, 6.1, 0.1, 6.6, 2.7, 0.0, 0.5,
                         0.0, 0.1, 0.0, 0.0, 0.2, 0.2, 41.8, 8.0, 75.7, 0.0},
                        7.5, 6};
const Published kMemN2NSingle{{0.0, 0.3, 2.1, 0.0, 0.8, 0.1, 2.0, 0.9, 0.3, 0.0,
                               0.1, 0.0, 0.0, 0.1, 0.0, 51.8, 18.6, 5.3, 2.3, 0.0},
                              4.2, 3};
// Kumar et al. 2015, likewise.
const Published kDmnSingle{{0.0, 1.8, 4.8, 0.0, 0.7, 0.0, 3.1, 3.5, 0.0, 0.0,
                            0.1, 0.0, 0.2, 0.0, 0.0, 0.6, 40.4, 4.7, 65.5, 0.0},
                           6.4, 2};

constexpr auto kSource =
    "LSTM, NTM, DNC: Graves et al. 2016 (Nature 538), extended data tables 1 and 2, the best of 20 runs each. MemN2N: "
    "Sukhbaatar et al. 2015 (arXiv:1503.08895), 10,000 training questions a task. DMN: Kumar et al. 2015 "
    "(arXiv:1506.07285). Universal Transformer: Dehghani et al. 2018 (arXiv:1807.03819), joint. Ours are tested on the "
    "published test files; of the published training file of task 3 only a part could be had. Where the recipe says "
    "step = \"sentence\", our LSTM, NTM and DNC read a sentence a step; the paper's read a word.";

struct Column {
  const char* title;
  const char* model;
  bool single;
  size_t place;  ///< among the joint runs of the model, the best first
  const char* command;
  const Published* published;
  std::optional<double> published_mean{};
  std::optional<int> published_failed{};
};

const std::vector<Column>& columns() {
  static const std::vector<Column> all{
      {"LSTM", "lstm", false, 0, "mneme train recipes/lstm/babi.toml", &kLstm},
      {"NTM", "ntm", false, 0, "mneme train recipes/ntm/babi.toml", &kNtm},
      {"DNC1", "dnc", false, 0, "mneme train recipes/dnc/babi.toml", &kDnc1},
      {"DNC2", "dnc", false, 1, "mneme train recipes/dnc/babi.toml --seed 2", &kDnc2},
      {"MemN2N", "memn2n", false, 0, "mneme train recipes/memn2n/babi-joint.toml", &kMemN2N},
      {"MemN2N", "memn2n", true, 0, "mneme train recipes/memn2n/babi-single.toml --sweep task.tasks=[1]..[20]",
       &kMemN2NSingle},
      {"DMN", "dmn", false, 0, "mneme train recipes/dmn/babi-joint.toml", nullptr},
      {"DMN", "dmn", true, 0, "mneme train recipes/dmn/babi-single.toml --sweep task.tasks=[1]..[20]", &kDmnSingle},
      {"UT", "universal-transformer", false, 0, "mneme train recipes/universal-transformer/babi.toml", nullptr, 0.29, 0},
  };
  return all;
}

constexpr std::array<const char*, kTasks> kNames{
    "1 supporting fact", "2 supporting facts", "3 supporting facts", "2 argument relations", "3 argument relations",
    "yes/no questions",  "counting",           "lists/sets",         "simple negation",      "indefinite knowledge",
    "basic coreference", "conjunction",        "compound coref.",    "time reasoning",       "basic deduction",
    "basic induction",   "positional reas.",   "size reasoning",     "path finding",         "agent's motivations"};

/// What one column shows of ours.
struct Ours {
  std::array<std::optional<double>, kTasks> errors;
  std::optional<double> mean, minutes;
  std::optional<int64_t> failed;
  std::optional<uint64_t> seed;
  std::string command, about;
};

std::array<std::optional<double>, kTasks> errors_of(const RecordedRun& run) {
  std::array<std::optional<double>, kTasks> errors;
  for (const auto& row : run.test) {
    const auto task = row.setting.find("task");
    const auto error = row.figures.find("error_percent");
    if (task == row.setting.end() || error == row.figures.end() || task->second < 1 || task->second > kTasks) continue;
    errors[static_cast<size_t>(task->second - 1)] = error->second;
  }
  return errors;
}

/// Undefined unless every task has its error.
std::optional<double> mean_of(const std::array<std::optional<double>, kTasks>& errors) {
  double sum = 0;
  for (const auto& error : errors) {
    if (!error) return std::nullopt;
    sum += *error;
  }
  return sum / kTasks;
}

std::vector<const RecordedRun*> of_column(const std::vector<RecordedRun>& runs, const Column& column) {
  std::vector<const RecordedRun*> found;
  for (const auto& run : runs) {
    const bool babi = run.task == "babi" || run.task == "babi-questions";
    if (!babi || run.model != column.model) continue;
    if (run.tasks.size() == 1 ? column.single : !column.single && mean_of(errors_of(run))) found.push_back(&run);
  }
  if (!column.single)
    std::stable_sort(found.begin(), found.end(), [](const RecordedRun* one, const RecordedRun* other) {
      return *mean_of(errors_of(*one)) < *mean_of(errors_of(*other));
    });
  return found;
}

std::string spread_text(const std::vector<const RecordedRun*>& runs) {
  double sum = 0, squares = 0;
  for (const auto* run : runs) {
    const double mean = *mean_of(errors_of(*run));
    sum += mean;
    squares += mean * mean;
  }
  const auto count = static_cast<double>(runs.size());
  const double mean = sum / count;
  const double deviation = std::sqrt(std::max(0.0, (squares - count * mean * mean) / (count - 1)));
  return "all " + std::to_string(runs.size()) + " runs: mean error " + figure_text(mean) + " ± " +
         figure_text(deviation) + " % (standard deviation)";
}

std::string minutes_text(double seconds) {
  return count_text(std::llround(seconds / 60)) + " minutes of training";
}

void show_joint(const std::vector<const RecordedRun*>& runs, size_t place, Ours& ours) {
  if (place >= runs.size()) return;
  const RecordedRun& run = *runs[place];
  ours.errors = errors_of(run);
  ours.seed = run.seed;
  ours.minutes = run.seconds / 60;
  if (!run.command.empty()) ours.command = run.command;
  ours.about = "seed " + std::to_string(run.seed) + ", " + minutes_text(run.seconds) + ", " +
               count_text(run.sequences) + " sequences, from " + run.from.filename().string();
  if (place == 0 && runs.size() > 1) ours.about += "; " + spread_text(runs);
}

void show_singles(const std::vector<const RecordedRun*>& runs, Ours& ours) {
  double seconds = 0;
  std::string seeds;
  int64_t shown = 0;
  for (const auto* run : runs) {
    const auto errors = errors_of(*run);
    const auto task = static_cast<size_t>(run->tasks.front() - 1);
    if (task >= kTasks || !errors[task] || ours.errors[task]) continue;  // the first recorded run of a task
    ours.errors[task] = errors[task];
    seconds += run->seconds;
    ++shown;
    const auto seed = std::to_string(run->seed);
    if (seeds.find(seed) == std::string::npos) seeds.append(seeds.empty() ? "" : ", ").append(seed);
    if (!run->command.empty()) ours.command = run->command;
    ours.seed = run->seed;
  }
  if (shown == 0) return;
  ours.minutes = seconds / 60;
  ours.about = std::to_string(shown) + (shown == 1 ? " net" : " nets, one a task") + ", seed " + seeds + ", together " +
               minutes_text(seconds);
}

Ours ours_of(const std::vector<RecordedRun>& runs, const Column& column) {
  Ours ours;
  ours.command = column.command;
  const auto found = of_column(runs, column);
  if (column.single)
    show_singles(found, ours);
  else
    show_joint(found, column.place, ours);
  ours.mean = mean_of(ours.errors);
  if (ours.mean) {
    ours.failed = 0;
    for (const auto& error : ours.errors) *ours.failed += *error > kBabiFailedAbove;
  }
  return ours;
}

std::optional<double> published_mean(const Column& column) {
  return column.published != nullptr ? std::optional<double>(column.published->mean) : column.published_mean;
}

std::optional<int> published_failed(const Column& column) {
  return column.published != nullptr ? std::optional<int>(column.published->failed) : column.published_failed;
}

}  // namespace

ResultTable babi_table(const std::vector<RecordedRun>& runs) {
  ResultTable table;
  table.title = "bAbI: error on the 20 tasks, in percent";
  table.caption =
      "Ours, and the published figure beside it. A task counts as failed above 5 % error. Joint: one net for all tasks; "
      "single: one net a task.";
  table.source = kSource;
  for (int task = 0; task < kTasks; ++task)
    table.lines.push_back({std::to_string(task + 1) + ": " + kNames[static_cast<size_t>(task)], {}, false, 1});
  ResultLine mean{"Mean error", {}, true, 1}, failed{"Failed tasks", {}, true, 0}, minutes{"Minutes of training", {}, true, 0};
  for (const Column& column : columns()) {
    const Ours ours = ours_of(runs, column);
    table.columns.push_back({column.title, column.single ? "single" : "joint", ours.command, ours.about});
    for (size_t task = 0; task < kTasks; ++task) {
      ResultCell cell{ours.errors[task], std::nullopt, ours.about, false};
      if (column.published != nullptr) cell.published = column.published->errors[task];
      cell.failed = cell.ours && *cell.ours > kBabiFailedAbove;
      table.lines[task].cells.push_back(cell);
    }
    const auto compared = [&](std::optional<double> value, std::optional<double> published) {
      return ResultCell{value, published, ours.about, value && published && *value > *published};
    };
    mean.cells.push_back(compared(ours.mean, published_mean(column)));
    failed.cells.push_back(compared(ours.failed, published_failed(column)));
    minutes.cells.push_back({ours.minutes, std::nullopt, ours.about, false});
  }
  for (auto* line : {&mean, &failed, &minutes}) table.lines.push_back(std::move(*line));
  return table;
}

std::vector<ResultRow> babi_rows(const std::vector<RecordedRun>& runs) {
  std::vector<ResultRow> rows;
  for (const Column& column : columns()) {
    const Ours ours = ours_of(runs, column);
    const auto row = [&](const ResultRow& task, std::optional<double> error, std::optional<double> published) {
      ResultRow made;
      made["model"] = column.title;
      made["training"] = column.single ? "single" : "joint";
      made["task"] = task;
      made["error_percent"] = or_null(error);
      made["published_percent"] = or_null(published);
      made["seed"] = or_null(ours.seed);
      made["minutes"] = or_null(ours.minutes);
      made["command"] = ours.command;
      return made;
    };
    for (size_t task = 0; task < kTasks; ++task)
      rows.push_back(row(task + 1, ours.errors[task],
                         column.published != nullptr ? std::optional(column.published->errors[task]) : std::nullopt));
    auto mean = row("mean", ours.mean, published_mean(column));
    mean["failed_tasks"] = or_null(ours.failed);
    mean["published_failed_tasks"] = or_null(published_failed(column));
    rows.push_back(std::move(mean));
  }
  return rows;
}

}  // namespace mneme
