// What models read that answer a question about a story: a sentence a step, the question at the last one.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

#include "mneme/core/sequences.h"

namespace mneme {

struct StoryQuestion {
  at::Tensor sentences;  ///< int64 [batch, memories, words]: of each story its latest, in their order, from 0 on
  at::Tensor mask;       ///< bool [batch, memories]: true where there is a sentence
  at::Tensor counts;     ///< int64 [batch]: sentences
  at::Tensor first;      ///< int64 [batch]: the step of the story's first sentence here
  at::Tensor question;   ///< int64 [batch, 1, words]
};

/// Of longer stories the latest `memories` sentences. At least one memory is there, if only an empty one.
/// Throws Error, beginning with `operation`, unless inputs is int64 [batch, time, words] with at least one step.
StoryQuestion story_question(std::string_view operation, const Sequences& given, int64_t words, int64_t memories);

/// What stands at each memory, [batch, looks, memories], at the steps of the sequence: [batch, looks, time], 0 at the
/// others.
at::Tensor at_steps(const at::Tensor& of_memories, const StoryQuestion& story, int64_t time);

/// The answer [batch, outputs] as the logits of every step: [batch, time, outputs].
at::Tensor at_every_step(const at::Tensor& answer, int64_t time);

}  // namespace mneme
