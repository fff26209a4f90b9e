// What a language model did with a text: how likely each token was to it, and where each head looked.
#pragma once

#include <string>
#include <vector>

#include "mneme/core/trace.h"
#include "mneme/models/gpt.h"
#include "mneme/tasks/text/text_units.h"

namespace mneme {

/// Kind "text". Arrays, over the tokens of the text:
///
/// | name                  | axes                    | meaning                                                    |
/// | probability           | token                   | that the model gave the token that came; none for the first |
/// | likeliest             | token, rank             | what the model held likeliest there, by its place in "pieces_likeliest" |
/// | likeliest_probability | token, rank             | their probabilities                                        |
/// | attention             | layer, head, query, key | from where each token's place read                         |
///
/// The attention of a token's place is what predicts the next one. Facts: "pieces_text" and "pieces_likeliest", JSON
/// lists of the tokens' texts; "written by the model": how many tokens at the end are the model's own, where there are
/// any; "nats per token", over all but the first.
TraceView text_view(const std::string& title, const TextUnits& units, GptImpl& model,
                    const std::vector<int64_t>& tokens, int64_t own = 0);

/// Views of a stretch of the held-out text, where `held_out` is not empty, and of a text that the model
/// writes: a line end, or the first token, and what follows at temperature 0.8.
std::vector<TraceView> text_views(const TextUnits& units, GptImpl& model,
                                  const std::vector<int64_t>& held_out, Random& random);

}  // namespace mneme
