#include "mneme/tasks/task.h"

#include <algorithm>
#include <type_traits>

#include "mneme/tasks/addition.h"
#include "mneme/tasks/associative_recall.h"
#include "mneme/tasks/babi/babi.h"
#include "mneme/tasks/babi/questions.h"
#include "mneme/tasks/copy.h"
#include "mneme/tasks/graph/inference.h"
#include "mneme/tasks/graph/shortest_path.h"
#include "mneme/tasks/graph/traversal.h"
#include "mneme/tasks/logic.h"
#include "mneme/tasks/ngrams.h"
#include "mneme/tasks/number_sort.h"
#include "mneme/tasks/parity.h"
#include "mneme/tasks/pen/handwriting.h"
#include "mneme/tasks/pen/pen_recognition.h"
#include "mneme/tasks/priority_sort.h"
#include "mneme/tasks/repeat_copy.h"
#include "mneme/tasks/symbols.h"
#include "mneme/tasks/text/text.h"
#include "mneme/tasks/translation/translation.h"

namespace mneme {
namespace {

struct Entry {
  std::unique_ptr<Task> (*make)(const Settings& settings, const ModelFiles& files);
  std::vector<OptionInfo> (*options)();
};

template <class SomeTask, class Options>
Entry entry() {
  return {
      [](const Settings& settings, [[maybe_unused]] const ModelFiles& files) -> std::unique_ptr<Task> {
        if constexpr (std::is_constructible_v<SomeTask, const Settings&, const ModelFiles&>)
          return std::make_unique<SomeTask>(settings, files);
        else
          return std::make_unique<SomeTask>(settings);
      },
      [] { return describe_options(Options{}); }};
}

const std::map<std::string, Entry>& registry() {
  static const std::map<std::string, Entry> tasks = {
      {"addition", entry<AdditionTask, AdditionOptions>()},
      {"associative-recall", entry<AssociativeRecallTask, AssociativeRecallOptions>()},
      {"babi", entry<BabiTask, BabiOptions>()},
      {"babi-questions", entry<BabiQuestionsTask, BabiQuestionsOptions>()},
      {"copy", entry<CopyTask, CopyOptions>()},
      {"graph-inference", entry<InferenceTask, InferenceOptions>()},
      {"graph-shortest-path", entry<ShortestPathTask, ShortestPathOptions>()},
      {"graph-traversal", entry<TraversalTask, TraversalOptions>()},
      {"handwriting", entry<HandwritingTask, HandwritingTaskOptions>()},
      {"logic", entry<LogicTask, LogicOptions>()},
      {"ngrams", entry<NgramsTask, NgramsOptions>()},
      {"pen-recognition", entry<PenRecognitionTask, PenRecognitionOptions>()},
      {"parity", entry<ParityTask, ParityOptions>()},
      {"priority-sort", entry<PrioritySortTask, PrioritySortOptions>()},
      {"repeat-copy", entry<RepeatCopyTask, RepeatCopyOptions>()},
      {"sort", entry<NumberSortTask, NumberSortOptions>()},
      {"symbols", entry<SymbolsTask, SymbolsOptions>()},
      {"text", entry<TextTask, TextOptions>()},
      {"translation", entry<TranslationTask, TranslationOptions>()},
  };
  return tasks;
}

const Entry& find_entry(const std::string& name) {
  const auto found = registry().find(name);
  if (found != registry().end()) return found->second;
  const std::string nearest = nearest_word(name, task_names());
  std::string known;
  for (const auto& task : task_names()) known += (known.empty() ? "" : ", ") + task;
  throw UsageError("unknown task " + name +
                   (nearest.empty() ? "; known tasks: " + known : "; did you mean " + nearest + "?"));
}

}  // namespace

void Score::add(const Score& other) {
  for (const auto& [name, ratio] : other.figures) {
    figures[name].numerator += ratio.numerator;
    figures[name].denominator += ratio.denominator;
  }
  for (const auto& [name, numbers] : other.counts) {
    auto& sums = counts[name];
    sums.resize(std::max(sums.size(), numbers.size()));
    for (size_t i = 0; i < numbers.size(); ++i) sums[i] += numbers[i];
  }
}

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const auto& [name, entry] : registry()) names.push_back(name);
  return names;
}

std::vector<OptionInfo> task_options(const std::string& name) {
  return find_entry(name).options();
}

std::unique_ptr<Task> make_task(const std::string& name, const Settings& settings, const ModelFiles& files) {
  return find_entry(name).make(settings, files);
}

}  // namespace mneme
