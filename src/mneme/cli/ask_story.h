// A trained model's answer to a question about a story that a person typed, and where it looked.
#pragma once

#include <string>
#include <vector>

#include "mneme/cli/result.h"
#include "mneme/training/checkpoint.h"

namespace mneme {

/// Whether the model was trained on one of the tasks over stories.
bool reads_stories(const TrainedModel& trained);

/// A row of kind "question" (question, answer, probability_percent); then for a memory network a row of kind "sentence"
/// for each sentence with the weight of each look ("hop_1", …), for a DNC one of kind "read" for each head: which word
/// wrote what the head reads where the answer is due. Throws UsageError as parse_typed_story does.
std::vector<ResultRow> ask_story(const TrainedModel& trained, const std::string& text, int64_t answer_words);

}  // namespace mneme
