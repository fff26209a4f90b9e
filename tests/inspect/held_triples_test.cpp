#include "mneme/inspect/held_triples.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "mneme/core/error.h"

namespace mneme {
namespace {

Triple random_triple(Random& random) {
  return {random.integer(0, 999), random.integer(0, 999), random.integer(0, 999)};
}

GraphEpisode random_episode(Random& random, int64_t triples) {
  GraphEpisode episode;
  for (int64_t i = 0; i < triples; ++i) episode.description.push_back(random_triple(random));
  const Triple& asked = episode.description.front();
  Question question;
  question.query = {{asked.source, asked.edge, kBlank}};
  question.answer = {asked};
  episode.questions = {question};
  return episode;
}

TEST(TripleDecoder, ReadsWhatWasWrittenAsALinearMapOfTheTriple) {
  torch::manual_seed(1);
  Random random(1);
  constexpr int64_t kWidth = 96;  // more than the 90 - 9 + 1 dimensions that nine one-hot digits have
  const at::Tensor map = torch::randn({kTripleInputs, kWidth});
  const auto inputs_of = [](const Triple& triple) {
    const at::Tensor inputs = torch::zeros({kTripleInputs});
    write_triple(triple, inputs.data_ptr<float>());
    return inputs;
  };
  std::vector<at::Tensor> contents, inputs;
  for (int64_t i = 0; i < 400; ++i) {
    inputs.push_back(inputs_of(random_triple(random)));
    contents.push_back(inputs.back().matmul(map) + 3);  // the offset is found, too
  }
  const TripleDecoder decoder(torch::stack(contents), torch::stack(inputs));
  for (int64_t i = 0; i < 50; ++i) {
    const Triple unseen = random_triple(random);
    EXPECT_EQ(decoder.decode(inputs_of(unseen).matmul(map) + 3), unseen);
  }
}

TEST(HeldTriples, TellWrittenLocationsFromOthers) {
  Random random(2);
  DncOptions options;
  options.hidden = 20;
  options.slots = 12;
  options.width = 8;
  options.read_heads = 2;
  options.clear_freed = true;
  options.initial_write_gates = 4;
  DncImpl model(options, kGraphFeatures, kTripleInputs, random);
  const Batch batch = make_batch({random_episode(random, 5), random_episode(random, 3)});
  std::vector<Batch> examples;
  for (int64_t i = 0; i < 2; ++i) examples.push_back(make_batch({random_episode(random, 6), random_episode(random, 4)}));
  const TraceArray held = held_triples(model, batch, 1, examples);
  EXPECT_EQ(held.name, "held");
  EXPECT_EQ(held.shape, std::vector<int64_t>{12});
  // With open gates each triple of the description goes to a free location of its own.
  int64_t written = 0;
  for (const float value : held.values) {
    written += value != 0;
    EXPECT_TRUE(value >= -1 && value <= 3) << value;
  }
  EXPECT_EQ(written, 3);
}

TEST(HeldTriples, OfAModelThatDoesNotWriteAreNone) {
  Random random(3);
  DncOptions options;
  options.hidden = 8;
  options.slots = 6;
  options.width = 4;
  options.read_heads = 1;
  options.initial_write_gates = -20;
  DncImpl model(options, kGraphFeatures, kTripleInputs, random);
  const Batch batch = make_batch({random_episode(random, 4)});
  for (const float value : held_triples(model, batch, 0, {batch}).values) EXPECT_EQ(value, 0);
}

}  // namespace
}  // namespace mneme
