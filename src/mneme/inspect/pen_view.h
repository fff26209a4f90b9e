// What a recogniser of handwriting listened to for each character that it read.
#pragma once

#include <string>

#include "mneme/core/trace.h"
#include "mneme/models/sequence_model.h"
#include "mneme/tasks/pen/pen_recognition.h"

namespace mneme {

/// Kind "pen-jacobian" (the sequential Jacobian of Graves et al. 2009, figure 7). Arrays, over the points of
/// the thinned trace, which are the steps:
///
/// | name        | axes             | meaning                                                             |
/// | x, y        | point            | place on the paper, y down, in heights of an x                      |
/// | stroke_end  | point            | 1 where the pen is lifted behind the point                          |
/// | character   | point            | index in the text, -1 where it is not known                         |
/// | delayed     | point            | 1 on dots and crosses that were put off                             |
/// | label       | point            | code of the most probable character at the step, 0 for none         |
/// | probability | point            | of that                                                             |
/// | said_step   | character        | the step where the character was said most clearly                  |
/// | sensitivity | character, point | length of ∂ logit of the character at its said_step / ∂ inputs of the
/// point |
///
/// Facts: "text", "read".
TraceView pen_jacobian_view(const std::string& title, SequenceModel& model, const PenRecognitionTask& task,
                            const PenText& pen);

}  // namespace mneme
