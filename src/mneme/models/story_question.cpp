#include "mneme/models/story_question.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/models/checks.h"

namespace mneme {

StoryQuestion story_question(std::string_view operation, const Sequences& given, int64_t words, int64_t memories) {
  const auto& inputs = given.inputs;
  check_sequences(operation, inputs, given.lengths, words);
  if (inputs.scalar_type() != at::kLong)
    throw Error(std::string(operation) + ": inputs is " + dtype_text(inputs.scalar_type()) +
                ", expected int64: the numbers of the words of a sentence a step");
  const int64_t batch = inputs.size(0), time = inputs.size(1);
  const auto lengths = given.lengths.defined() ? given.lengths : at::full({batch}, time, at::kLong);
  const auto at = [&](const at::Tensor& steps) {  // [batch, count] to [batch, count, words]
    return inputs.gather(1, steps.unsqueeze(2).expand({batch, steps.size(1), words}));
  };

  StoryQuestion story;
  story.counts = (lengths - 1).clamp_max(memories);
  story.first = lengths - 1 - story.counts;
  story.question = at((lengths - 1).unsqueeze(1));
  const int64_t most = std::max<int64_t>(1, story.counts.max().item<int64_t>());
  const auto places = at::arange(most, at::kLong);                        // [memories]
  story.mask = places < story.counts.unsqueeze(1);                        // [batch, memories]
  const auto steps = (story.first.unsqueeze(1) + places).clamp_max(time - 1);
  story.sentences = at(steps) * story.mask.unsqueeze(2);
  return story;
}

at::Tensor at_steps(const at::Tensor& of_memories, const StoryQuestion& story, int64_t time) {
  const auto memories = of_memories.size(2);
  const auto steps = (story.first.unsqueeze(1) + at::arange(memories, at::kLong)).clamp_max(time - 1);
  return at::zeros({of_memories.size(0), of_memories.size(1), time}, of_memories.options())
      .scatter_add(2, steps.unsqueeze(1).expand(of_memories.sizes()), of_memories * story.mask.unsqueeze(1));
}

at::Tensor at_every_step(const at::Tensor& answer, int64_t time) {
  return answer.unsqueeze(1).expand({answer.size(0), time, answer.size(1)});
}

}  // namespace mneme
