// Made-up stories for the models that read them.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "mneme/core/random.h"
#include "mneme/models/sequence_model.h"

namespace mneme {

/// Sentences of up to 3 words of 5, 4 answers.
inline const ModelSizes kSmallStorySizes{3, 4, 6, 0};

/// Three stories of 3, 0 and 2 sentences.
inline Sequences small_stories() {
  const auto inputs = torch::tensor({1, 2, 3, 4, 5, 0, 2, 2, 1, 3, 1, 0,   //
                                     5, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,   //
                                     2, 0, 0, 3, 5, 1, 1, 4, 0, 0, 0, 0},  //
                                    torch::kLong)
                          .view({3, 4, 3});
  return {inputs, torch::tensor({4, 1, 3}, torch::kLong), {}, {}};
}

/// "who where" sentences of three people in four places; the question is a person, the answer its latest place.
inline const ModelSizes kWhereSizes{2, 4, 8, 0};

/// Trains with Adam and returns the share of 200 fresh questions that are answered right.
inline double share_learned(SequenceModel& model, int64_t updates, double learning_rate) {
  Random random(7);
  const auto draw = [&](int64_t count) {
    const int64_t sentences = 6;
    Sequences given{torch::zeros({count, sentences + 1, 2}, torch::kLong),
                    torch::full({count}, sentences + 1, torch::kLong), {}, {}};
    auto answers = torch::zeros({count}, torch::kLong);
    for (int64_t b = 0; b < count; ++b) {
      int64_t place_of[3] = {-1, -1, -1}, who = 0;
      for (int64_t t = 0; t < sentences; ++t) {
        who = random.integer(0, 2);
        place_of[who] = random.integer(0, 3);
        given.inputs[b][t][0] = 1 + who;
        given.inputs[b][t][1] = 4 + place_of[who];
      }
      do who = random.integer(0, 2);
      while (place_of[who] < 0);
      given.inputs[b][sentences][0] = 1 + who;
      answers[b] = place_of[who];
    }
    return std::make_pair(given, answers);
  };
  torch::optim::Adam adam(model.parameters(), torch::optim::AdamOptions(learning_rate));
  model.train();
  torch::manual_seed(1);
  for (int64_t update = 0; update < updates; ++update) {
    const auto [given, answers] = draw(32);
    adam.zero_grad();
    torch::nn::functional::cross_entropy(model.forward(given).logits.select(1, given.inputs.size(1) - 1), answers)
        .backward();
    adam.step();
  }
  model.eval();
  const auto [given, answers] = draw(200);
  const auto chosen = model.forward(given).logits.select(1, given.inputs.size(1) - 1).argmax(1);
  return chosen.eq(answers).to(torch::kFloat).mean().item<double>();
}

}  // namespace mneme
