// What a transformer read of a sentence while it wrote another.
#pragma once

#include <string>
#include <vector>

#include "mneme/core/trace.h"
#include "mneme/models/transformer/transformer.h"
#include "mneme/tasks/translation/translation.h"

namespace mneme {

/// A view of the kind "translation" of sequence `index` of a batch: a sentence, and what was written for it.
///
/// | array             | shape                           | what                                               |
/// | context_weights   | [layer, head, written, read]    | what each written piece read of the sentence       |
/// | encoder_weights   | [layer, head, read, read]       | what each piece of the sentence read of the others |
/// | decoder_weights   | [layer, head, written, written] | what each written piece read of those before it    |
/// | piece_probability | [written]                       | how likely the model held each written piece       |
///
/// facts: `sentence` and `translation`; `pieces_read` and `pieces_written` with "|" between (a piece that
/// holds one has "¦" for it). Row i of the written ones is the step that gave piece i; it has seen the pieces
/// before.
TraceView translation_view(const std::string& title, TransformerImpl& model, const TranslationTask& task,
                           const Batch& batch, int64_t index);

}  // namespace mneme
