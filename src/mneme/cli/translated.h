// What a trained model writes for sentences.
#pragma once

#include <string>
#include <vector>

#include "mneme/inspect/inspect.h"
#include "mneme/models/beam_search.h"
#include "mneme/tasks/translation/translation.h"
#include "mneme/training/checkpoint.h"

namespace mneme {

/// The task of a model that was trained to translate; nullptr for every other.
const TranslationTask* translation_of(const TrainedModel& trained);

/// For each sentence the best translations, best first. `width` are followed side by side; 0: as many as the
/// recipe says.
std::vector<std::vector<WrittenAnswer>> translate(const TrainedModel& trained,
                                                  const std::vector<std::string>& sentences, int64_t width);

/// Sentences with the model's translations, for a report. Empty: two of which the order of words differs,
/// where the model reads German or English; otherwise none.
std::vector<ChosenSequence> translated_sequences(const TrainedModel& trained,
                                                 std::vector<std::string> sentences);

}  // namespace mneme
