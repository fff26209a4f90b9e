// What several verbs do with a trained model: look at it and write its page.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mneme/cli/command.h"
#include "mneme/core/trace.h"
#include "mneme/tasks/task.h"
#include "mneme/training/checkpoint.h"

namespace mneme {

/// The run or zoo folder that the user named. Throws UsageError with the nearest zoo entry.
std::filesystem::path trained_folder(const std::string& given);

/// "length=20" or "length=20,repeats=10", as --sequence gives it.
TestSetting parse_test_setting(const Command& command, const std::string& text);

/// Runs the model on `sequences` (empty: the task's own choice), with the recipe's settings beside the views. A model
/// that translates is shown what it writes for `sentences` (empty: examples).
Trace trace_of(const TrainedModel& trained, const std::vector<TestSetting>& sequences,
               std::optional<uint64_t> seed, const std::vector<std::string>& sentences = {});

/// What `inspect` and `report` are asked: which model, which sequences, where to write.
class TraceRequest {
 public:
  explicit TraceRequest(Command& command, const std::string& out_help);
  struct Made {
    std::filesystem::path folder;
    Trace trace;
    std::filesystem::path file;  ///< --out, or that of output_beside
  };
  /// After the command line was parsed.
  Made make(const std::string& file, const std::string& plural) const;

 private:
  Command& command_;
  std::vector<std::string> words_, sequences_, sentences_;
  std::string out_;
  std::optional<uint64_t> seed_;
};

/// Where a run or zoo folder's `kind` goes unless the user says: a run keeps its own (runs/a/report.html), a
/// zoo entry's goes to runs/<plural>/<name>: the zoo may be read-only.
std::filesystem::path output_beside(const std::filesystem::path& folder, const std::string& file,
                                    const std::string& plural);

/// Writes the page of a run or zoo folder.
void write_report(const std::filesystem::path& folder, const Trace& trace, const std::filesystem::path& file);

}  // namespace mneme
