#include "mneme/models/universal_transformer.h"

#include <gtest/gtest.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "mneme/core/error.h"

namespace mneme {
namespace {

UniversalTransformerOptions small(const std::string& halting = "dynamic", int64_t max_steps = 4) {
  UniversalTransformerOptions options;
  options.width = 8;
  options.heads = 2;
  options.hidden = 12;
  options.max_steps = max_steps;
  options.halting = halting;
  options.halting_bias = -0.5;
  return options;
}

std::shared_ptr<UniversalTransformerImpl> universal(const UniversalTransformerOptions& options,
                                                    const ModelSizes& sizes) {
  Random random(1);
  auto model = std::make_shared<UniversalTransformerImpl>(options, sizes, random);
  model->to(torch::kFloat64);
  return model;
}

constexpr ModelSizes kNumbers{3, 2}, kSentences{4, 5, /*tokens=*/9}, kTranslation{1, 6, /*tokens=*/6, /*context_tokens=*/7};

Sequences sentences() {
  return {torch::tensor({{{1, 2, 0, 0}, {3, 0, 0, 0}, {8, 7, 6, 5}}, {{2, 4, 0, 0}, {5, 5, 0, 0}, {0, 0, 0, 0}}}, torch::kLong),
          torch::tensor({3, 2}, torch::kLong),
          {},
          {}};
}

Sequences translation() {
  return {torch::tensor({{0, 3, 4, 1}, {0, 5, 0, 0}}, torch::kLong), torch::tensor({4, 2}, torch::kLong),
          torch::tensor({{1, 2, 3}, {6, 5, 0}}, torch::kLong), torch::tensor({3, 2}, torch::kLong)};
}

TEST(UniversalTransformer, HasTheGradientsOfItsEquations) {
  for (const char* norm : {"before", "after"}) {
    auto options = small("dynamic", 3);
    options.width = 4;
    options.hidden = 3;
    options.norm = norm;
    const auto model = universal(options, kTranslation);
    const auto given = translation();
    EXPECT_TRUE(gradient_matches(
        [&] {
          const auto prediction = model->forward(given);
          return Tensors{prediction.logits.narrow(1, 0, 2), prediction.cost};
        },
        model->parameters()))
        << norm;
  }
}

TEST(UniversalTransformer, WithOneStepIsTheSameFixedOrDynamic) {
  const auto dynamic = universal(small("dynamic", 1), kNumbers), fixed = universal(small("fixed", 1), kNumbers);
  const auto inputs = random_tensor({2, 5, 3}, 1);
  {
    const torch::NoGradGuard no_grad;
    const auto from = dynamic->named_parameters();
    for (auto& parameter : fixed->named_parameters()) parameter.value().copy_(from[parameter.key()]);
  }
  expect_near(dynamic->predict(inputs, {}), fixed->predict(inputs, {}), 1e-14);
  EXPECT_FALSE(fixed->forward({inputs, {}, {}, {}}).cost.defined());
  EXPECT_NEAR(dynamic->forward({inputs, {}, {}, {}}).cost.item<double>(), 1e-3 * 2, 1e-15);  // N + R of one step
  EXPECT_EQ(universal(small("fixed", 3), kNumbers)->forward({inputs, {}, {}, {}}).figures.at("ponder_steps").value(), 3);
}

TEST(UniversalTransformer, AddsTheWordsOfASentenceUp) {
  const auto model = universal(small(), kSentences);
  auto given = sentences();
  const auto logits = model->forward(given).logits;
  // The places' vectors are all alike before training, and then the order of words makes no difference; 0 is no word.
  given.inputs[0][2] = torch::tensor({5, 8, 7, 6}, torch::kLong);
  expect_near(model->forward(given).logits, logits, 1e-12);
  {
    const torch::NoGradGuard no_grad;
    model->named_parameters()["places"].copy_(random_tensor({4, 8}, 7));
  }
  EXPECT_GT((model->forward(given).logits - logits).abs().max().item<double>(), 1e-3);
}

TEST(UniversalTransformer, TreatsABatchOfDifferentLengthsAsItsSequencesOneByOne) {
  for (const char* halting : {"dynamic", "fixed"}) {
    const auto model = universal(small(halting), kSentences);
    const auto given = sentences();
    const auto record = model->record(given);
    const auto alone = model->record({given.inputs.narrow(0, 1, 1).narrow(1, 0, 2), {}, {}, {}});
    expect_near(record.logits[1].narrow(0, 0, 2), alone.logits[0], 1e-13);
    EXPECT_TRUE(torch::equal(record.steps[1].narrow(0, 0, 2), alone.steps[0]));
    EXPECT_EQ(record.steps[1][2].item<int64_t>(), 0);
  }
}

TEST(UniversalTransformer, LooksAheadInTheContextAlone) {
  const auto model = universal(small(), kTranslation);
  auto given = translation();
  const auto before = model->record(given);
  EXPECT_EQ(before.context_steps.sizes(), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(before.context_steps[1][2].item<int64_t>(), 0);
  given.inputs[0][3] = 2;
  const auto later = model->record(given).logits;
  expect_near(later.narrow(1, 0, 3), before.logits.narrow(1, 0, 3), 1e-13);
  EXPECT_GT((later[0][3] - before.logits[0][3]).abs().max().item<double>(), 1e-3);
  given.context[0][2] = 4;
  EXPECT_GT((model->record(given).logits[0][0] - later[0][0]).abs().max().item<double>(), 1e-4);
}

TEST(UniversalTransformer, SaysWhatDoesNotFit) {
  const auto model = universal(small(), kSentences);
  expect_error([&] { model->predict(torch::zeros({2, 3, 5}, torch::kLong), {}); },
               "UniversalTransformer.forward: inputs is [2, 3, 5], expected [batch, time, features=4]; sizes fixed by "
               "features=4 (the model)");
  auto options = small();
  options.heads = 3;
  Random random(1);
  EXPECT_THROW(UniversalTransformerImpl(options, kNumbers, random), UsageError);
}

}  // namespace
}  // namespace mneme
