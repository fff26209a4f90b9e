#include "mneme/cli/trained.h"

#include <charconv>
#include <fstream>
#include <sstream>

#include "mneme/cli/answer.h"
#include "mneme/cli/handwriting_pictures.h"
#include "mneme/cli/ponder_sweep.h"
#include "mneme/cli/project.h"
#include "mneme/cli/translated.h"
#include "mneme/core/safetensors.h"
#include "mneme/inspect/inspect.h"
#include "mneme/report/report.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

TestSetting parse_test_setting(const Command& command, const std::string& text) {
  TestSetting setting;
  std::istringstream items(text);
  for (std::string item; std::getline(items, item, ',');) {
    const size_t equals = item.find('=');
    int64_t value = 0;
    const char* const end = item.data() + item.size();
    const char* const begin = equals == std::string::npos ? end : item.data() + equals + 1;
    const auto [stopped, fault] = std::from_chars(begin, end, value);
    if (fault != std::errc() || stopped != end)
      command.refuse("--sequence is " + text +
                     ", expected name=number with commas between, such as length=20");
    setting.values[item.substr(0, equals)] = value;
  }
  return setting;
}

fs::path trained_folder(const std::string& given) {
  return project_file("trained model", given, zoo_entries());
}

Trace trace_of(const TrainedModel& trained, const std::vector<TestSetting>& sequences,
               std::optional<uint64_t> seed, const std::vector<std::string>& sentences) {
  InspectOptions options;
  options.seed = seed.value_or(trained.seed);
  options.sequences = sequences;
  if (sequences.empty() && answers_questions(trained))
    options.chosen = {answered_sequence(trained, options.seed)};
  if (sequences.empty() && translation_of(trained) != nullptr)
    options.chosen = translated_sequences(trained, sentences);
  for (const auto& [key, setting] : trained.recipe.training_settings)
    options.settings["training." + key] = option_text(setting.value);
  for (const auto& [key, text] : trained.recipe.about) options.settings["about." + key] = text;
  Trace trace = inspect_model(*trained.model, *trained.task, options);
  if (sequences.empty()) {
    auto pictures = handwriting_pictures(trained, options.seed);
    trace.views.insert(trace.views.begin(), pictures.begin(), pictures.end());
  }
  return trace;
}

TraceRequest::TraceRequest(Command& command, const std::string& out_help) : command_(command) {
  command.words("model", words_, "a run or zoo folder, then settings as key=value");
  command.texts("--sequence", sequences_, "NAME=N,...",
                "a sequence to show, as a row of the test; repeatable");
  command.texts("--sentence", sentences_, "TEXT", "a sentence to translate and show; repeatable");
  command.integer("--seed", seed_, "of the sequences (default: that of the training)");
  command.text("--out", out_, "FILE", out_help);
}

TraceRequest::Made TraceRequest::make(const std::string& file, const std::string& plural) const {
  if (words_.empty()) command_.refuse("no model given; name a run or zoo folder (mneme list zoo)");
  std::vector<TestSetting> sequences;
  for (const std::string& text : sequences_) sequences.push_back(parse_test_setting(command_, text));
  const auto place = [&](const fs::path& folder) {
    return out_.empty() ? output_beside(folder, file, plural) : fs::path(out_);
  };
  if (auto swept = ponder_sweep_trace(words_.front())) return {words_.front(), std::move(*swept), place(words_.front())};
  const fs::path folder = trained_folder(words_.front());
  const TrainedModel trained = load_trained(folder, {words_.begin() + 1, words_.end()});
  if (!sentences_.empty() && translation_of(trained) == nullptr)
    command_.refuse("--sentence: " + words_.front() + " was trained on " + trained.recipe.task +
                    ", expected a model of translation");
  return {folder, trace_of(trained, sequences, seed_, sentences_), place(folder)};
}

fs::path output_beside(const fs::path& folder, const std::string& file, const std::string& plural) {
  if (fs::exists(folder / "checkpoints")) return folder / file;
  const fs::path inside = (folder / "").parent_path();  // without a slash at its end
  return fs::path("runs") / plural / (inside.filename().string() + fs::path(file).extension().string());
}

void write_report(const fs::path& folder, const Trace& trace, const fs::path& file) {
  const fs::path metrics = folder / "metrics.jsonl";
  const std::string page = report_html(trace, fs::exists(metrics) ? text_of(metrics) : "");
  if (file.has_parent_path()) fs::create_directories(file.parent_path());
  write_file(file, page);
}

}  // namespace mneme
