#include "mneme/cli/translated.h"

#include "mneme/training/evaluate.h"

namespace mneme {
namespace {

/// Pairs whose words stand in another order: what is first in the one is last in the other, or a verb at the end.
std::vector<std::string> examples(const std::string& language) {
  if (language == "en")
    return {"In the snow, a dog is running.", "A man sleeps in a green room on a couch."};
  if (language == "de")
    return {"Ein Mann, der einen Hut trägt, spielt Gitarre.",
            "Ein Mann schläft in einem grünen Raum auf einem Sofa."};
  return {};
}

std::string source_language(const TranslationTask& task) {
  for (const OptionInfo& option : task.options())
    if (option.key == "source") return std::get<std::string>(option.value);
  return "";
}

}  // namespace

const TranslationTask* translation_of(const TrainedModel& trained) {
  return dynamic_cast<const TranslationTask*>(trained.task.get());
}

std::vector<std::vector<WrittenAnswer>> translate(const TrainedModel& trained,
                                                  const std::vector<std::string>& sentences, int64_t width) {
  const TranslationTask& task = *translation_of(trained);
  Writing writing = *task.writing();
  if (width > 0) writing.beam_width = width;
  const Batch batch = task.sources(sentences);
  return beam_search(*trained.model, batch.context, batch.context_lengths, beam_options(writing, batch));
}

std::vector<ChosenSequence> translated_sequences(const TrainedModel& trained,
                                                 std::vector<std::string> sentences) {
  const TranslationTask& task = *translation_of(trained);
  if (sentences.empty()) sentences = examples(source_language(task));
  if (sentences.empty()) return {};
  const auto found = translate(trained, sentences, 0);
  std::vector<ChosenSequence> chosen;
  for (size_t i = 0; i < sentences.size(); ++i)
    chosen.push_back({sentences[i], task.written(sentences[i], found[i].front().tokens)});
  return chosen;
}

}  // namespace mneme
