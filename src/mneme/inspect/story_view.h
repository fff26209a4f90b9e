// Where a model looked in a story while it answered a question.
#pragma once

#include <string>

#include "mneme/core/trace.h"
#include "mneme/tasks/babi/questions.h"

namespace mneme {

/// Kind "story": the sentences of sequence `index` of a batch and how much each look weighed each of them. Arrays:
///
/// | name               | axes           | meaning                                                       |
/// | looks              | look, sentence | weights                                                       |
/// | support            | sentence       | 1 where the answer rests on the sentence, as the task says    |
/// | answer_probability | answer         | of the likeliest answers, the first the highest               |
///
/// Facts, lists parted by `|`: "sentences", "question", "answers" (names of the likeliest), "given", "expected" (not
/// there when the right answer is not known), "look" (what one look is called: "hop", "pass").
/// looks: [looks, time]; answer: logits [outputs].
TraceView story_view(const std::string& title, const BabiQuestionsTask& task, const Batch& batch, int64_t index,
                     const at::Tensor& looks, const at::Tensor& answer, const std::string& look, bool known = true);

}  // namespace mneme
