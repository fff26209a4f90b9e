#include "mneme/training/variants.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <thread>

#include "mneme/core/error.h"
#include "mneme/training/metrics.h"

namespace mneme {
namespace {

int64_t usable_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  return sched_getaffinity(0, sizeof cores, &cores) == 0 ? std::max(1, CPU_COUNT(&cores)) : 1;
}

/// The child's environment: this one's, with one thread.
std::vector<std::string> child_environment() {
  std::vector<std::string> variables{"OMP_NUM_THREADS=1"};
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (std::strncmp(*variable, "OMP_NUM_THREADS=", 16) != 0) variables.emplace_back(*variable);
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (auto& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

pid_t start(std::vector<std::string> command, const std::filesystem::path& log) {
  auto environment = child_environment();
  const auto arguments = pointers(command);
  const auto variables = pointers(environment);
  const pid_t child = ::fork();
  if (child < 0) throw Error("train_variants: no process can be started: " + std::string(std::strerror(errno)));
  if (child > 0) return child;
  // Between fork and exec only calls that are safe in a signal handler. A group of its own keeps the
  // terminal's Ctrl-C away from the child: it is told once, by its parent, also when that is killed.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, 0);
  ::dup2(file, 1);
  ::dup2(file, 2);
  ::execve(arguments[0], arguments.data(), variables.data());
  ::_exit(127);
}

void read_outcome(const std::filesystem::path& folder, VariantOutcome& outcome, std::string& headline) {
  const auto file = folder / "metrics.jsonl";
  if (!std::filesystem::exists(file)) return;
  for (const auto& line : read_metrics(file)) {
    const std::string kind = line.value("kind", "");
    const auto position = [&] {
      return Position{line.at("update"), line.at("sequences"), line.at("seconds")};
    };
    if (kind == "run") {
      headline = line.at("headline");
    } else if (kind == "milestone") {
      outcome.milestone = Milestone{line.at("below"), line.at("by"), position()};
    } else if (kind == "validation") {
      outcome.position = position();
      if (line.at(headline).is_number())
        outcome.best = std::min(outcome.best, line.at(headline).get<double>());
    } else if (kind == "test") {
      EvaluationRow row;
      for (const auto& [key, value] : line.items()) {
        if (key == "kind" || key == "update") continue;
        if (value.is_number_integer()) row.setting[key] = value;
        if (value.is_number_float()) row.figures[key] = value;
      }
      outcome.test.push_back(std::move(row));
    } else if (kind == "end") {
      outcome.end = line.at("end");
      outcome.position = position();
    }
  }
}

/// From the end of the run's metrics.jsonl, which may be long and is being written.
VariantNow now_of(const std::string& name, const std::filesystem::path& folder) {
  constexpr std::streamoff kTail = 4096;
  VariantNow now{name, 0, 0, ""};
  std::ifstream file(folder / "metrics.jsonl", std::ios::binary | std::ios::ate);
  if (!file) return now;
  file.seekg(std::max<std::streamoff>(0, file.tellg() - kTail));
  for (std::string text; std::getline(file, text);) {
    const auto line = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!line.is_object() || line.value("kind", "") != "train") continue;
    now = {name, line.at("update"), line.at("loss"), line.at("unit")};
  }
  return now;
}

std::vector<EvaluationRow> median_rows(const std::vector<VariantOutcome>& outcomes) {
  std::map<std::map<std::string, int64_t>, std::map<std::string, std::vector<double>>> values;
  std::vector<std::map<std::string, int64_t>> order;
  for (const auto& outcome : outcomes)
    for (const auto& row : outcome.test) {
      if (!values.contains(row.setting)) order.push_back(row.setting);
      for (const auto& [name, value] : row.figures) values[row.setting][name].push_back(value);
    }
  std::vector<EvaluationRow> rows;
  for (const auto& setting : order) {
    EvaluationRow row{setting, {}};
    for (const auto& [name, list] : values[setting]) row.figures[name] = median(list);
    rows.push_back(std::move(row));
  }
  return rows;
}

void summarise(VariantsSummary& summary) {
  constexpr double never = std::numeric_limits<double>::infinity();
  std::vector<double> seconds, sequences, best;
  for (const auto& outcome : summary.outcomes) {
    summary.milestones += outcome.milestone.has_value();
    seconds.push_back(outcome.milestone ? outcome.milestone->position.seconds : never);
    sequences.push_back(outcome.milestone ? static_cast<double>(outcome.milestone->position.sequences)
                                          : never);
    best.push_back(outcome.best);
  }
  summary.median_milestone_seconds = median(seconds);
  summary.median_milestone_sequences = median(sequences);
  summary.median_best = median(best);
  summary.median_test = median_rows(summary.outcomes);
  std::map<std::string, Ratio> means;
  for (const auto& row : summary.median_test)
    for (const auto& [name, value] : row.figures) {
      means[name].numerator += value;
      ++means[name].denominator;
    }
  for (const auto& [name, ratio] : means) summary.mean_test[name] = ratio.value();
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::infinity();
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  if (values.size() % 2 == 1 || std::isinf(values[middle])) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

std::string variant_name(const Variant& variant) {
  std::string name;
  for (const auto& [key, value] : variant) {
    name.append(name.empty() ? "" : "-").append(key.substr(key.find_last_of('.') + 1)).append("-");
    for (const char c : value) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_') name += c;
      if (c == ',') name += '_';
    }
  }
  return name;
}

VariantsSummary train_variants(const VariantsRun& run) {
  std::filesystem::create_directories(run.folder);
  const int64_t at_once = run.at_once > 0 ? run.at_once : usable_cores();
  const auto tell = [&run](const std::string& text) {
    if (run.progress) run.progress(text);
  };

  VariantsSummary summary;
  std::vector<std::string> names;
  for (const Variant& variant : run.variants) {
    VariantOutcome outcome;
    outcome.variant = variant;
    summary.outcomes.push_back(outcome);
    names.push_back(variant_name(variant));
  }
  std::map<pid_t, size_t> running;  // child → index of its outcome
  size_t next = 0;
  bool stopped = false;
  constexpr auto kPause = std::chrono::seconds(1);
  auto watched = std::chrono::steady_clock::now();
  while (true) {
    if (!stopped && run.stop != nullptr && run.stop->load()) {
      stopped = true;
      for (const auto& [child, index] : running) ::kill(child, SIGTERM);
    }
    while (!stopped && next < names.size() && static_cast<int64_t>(running.size()) < at_once) {
      const auto folder = run.folder / names[next];
      const auto child = start(run.command(run.variants[next], folder), run.folder / (names[next] + ".log"));
      tell(names[next] + " started");
      running[child] = next++;
    }
    if (running.empty()) break;

    int status = 0;
    for (auto child = running.begin(); child != running.end();) {
      if (::waitpid(child->first, &status, WNOHANG) == 0) {
        ++child;
        continue;
      }
      auto& outcome = summary.outcomes[child->second];
      outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      const auto& name = names[child->second];
      read_outcome(run.folder / name, outcome, summary.headline);
      std::string text = name + " ended with exit code " + std::to_string(outcome.exit_code);
      if (outcome.milestone)
        text +=
            ", milestone after " + std::to_string(std::lround(outcome.milestone->position.seconds)) + " s";
      tell(text);
      child = running.erase(child);
    }
    if (run.watch && !running.empty() && std::chrono::steady_clock::now() - watched >= kPause) {
      watched = std::chrono::steady_clock::now();
      std::vector<size_t> indices;
      for (const auto& [child, index] : running) indices.push_back(index);
      std::sort(indices.begin(), indices.end());
      std::vector<VariantNow> now;
      for (const size_t index : indices) now.push_back(now_of(names[index], run.folder / names[index]));
      run.watch(now, static_cast<int64_t>(next - running.size()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  // One that was never started has no exit code of its own.
  for (size_t index = next; index < summary.outcomes.size(); ++index)
    summary.outcomes[index].exit_code = 128 + SIGTERM;
  summarise(summary);
  return summary;
}

}  // namespace mneme
