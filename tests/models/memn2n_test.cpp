#include "mneme/models/memn2n.h"

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "mneme/mechanisms/position_encoding.h"
#include "models/small_stories.h"

namespace mneme {
namespace {

std::shared_ptr<MemN2NImpl> memn2n(const std::string& tying, int64_t memories = 5, double noise = 0) {
  Random random(1);
  MemN2NOptions options;
  options.width = 4;
  options.hops = 2;
  options.memories = memories;
  options.tying = tying;
  options.time_noise = noise;
  auto model = std::make_shared<MemN2NImpl>(options, kSmallStorySizes, random);
  model->to(torch::kFloat64);
  for (auto& parameter : model->parameters()) {  // large enough that weightings are far from even
    torch::NoGradGuard no_gradients;
    parameter.mul_(10);
  }
  return model;
}

// One story, sentence by sentence, as the equations stand in the header.
at::Tensor by_the_equations(MemN2NImpl& model, const std::string& tying, const at::Tensor& steps, bool linear) {
  const auto parameters = model.named_parameters();
  const auto embeddings = parameters["embeddings"], temporal = parameters["temporal"];
  const bool adjacent = tying == "adjacent";
  const auto encoded = [&](const at::Tensor& words, int64_t set) {
    const auto count = words.gt(0).sum().item<int64_t>();
    const auto weights = position_encoding(count, 4, torch::kFloat64);
    auto sum = torch::zeros({4}, torch::kFloat64);
    for (int64_t j = 0; j < count; ++j) sum = sum + weights[j] * embeddings[set][words[j].item<int64_t>()];
    return sum;
  };
  const int64_t sentences = steps.size(0) - 1;
  auto u = encoded(steps[sentences], adjacent ? 0 : 2);
  for (int64_t hop = 0; hop < 2; ++hop) {
    const int64_t in = adjacent ? hop : 0;
    auto o = torch::zeros({4}, torch::kFloat64), sum = torch::zeros({}, torch::kFloat64);
    for (int64_t i = 0; i < sentences; ++i) {
      const int64_t age = sentences - 1 - i;
      const auto score = u.dot(encoded(steps[i], in) + temporal[in][age]);
      const auto weight = linear ? score : score.exp();
      sum = sum + weight;
      o = o + weight * (encoded(steps[i], in + 1) + temporal[in + 1][age]);
    }
    if (!linear && sentences > 0) o = o / sum;
    u = (adjacent ? u : parameters["hop.weight"].matmul(u)) + o;
  }
  return parameters["output.weight"].matmul(u);
}

TEST(MemN2N, EqualsItsEquationsWrittenOut) {
  const auto given = small_stories();
  for (const std::string tying : {"adjacent", "layer-wise"})
    for (const bool linear : {false, true}) {
      const auto model = memn2n(tying);
      if (linear) model->set_difficulty(0.5);
      const auto logits = model->forward(given).logits;
      for (int64_t b = 0; b < 3; ++b) {
        const auto length = given.lengths[b].item<int64_t>();
        const auto expected = by_the_equations(*model, tying, given.inputs[b].narrow(0, 0, length), linear);
        const double size = std::max(1.0, expected.abs().max().item<double>());
        expect_near(logits[b][length - 1], expected, 1e-13 * size);
      }
      model->set_difficulty(1);
    }
}

TEST(MemN2N, HasTheGradientsOfItsEquations) {
  for (const std::string tying : {"adjacent", "layer-wise"}) {
    const auto model = memn2n(tying);
    EXPECT_TRUE(gradient_matches([&] { return Tensors{model->forward(small_stories()).logits}; }, model->parameters()));
  }
}

TEST(MemN2N, AnswersAStoryAloneAsInABatchAndWithMorePadding) {
  const auto given = small_stories();
  const auto model = memn2n("adjacent");
  const auto together = model->forward(given).logits;
  for (int64_t b = 0; b < 3; ++b) {
    const auto length = given.lengths[b].item<int64_t>();
    const auto alone = model->predict(given.inputs.narrow(0, b, 1).narrow(1, 0, length), {});
    expect_near(alone[0][length - 1], together[b][length - 1], 1e-13);
  }
}

TEST(MemN2N, RecordsWhereItLooked) {
  const auto given = small_stories();
  const auto model = memn2n("adjacent");
  const auto record = model->record(given);
  ASSERT_EQ(record.weights.sizes(), (std::vector<int64_t>{3, 2, 4}));
  expect_near(record.weights.sum(2), numbers({1, 1, 0, 0, 1, 1}, {3, 2}), 1e-14);  // the second has no story
  expect_near(record.weights.select(2, 3), torch::zeros({3, 2}), 0);               // the question is no memory
  expect_near(record.logits[0], model->forward(given).logits[0][3], 1e-14);
}

TEST(MemN2N, ForgetsWhatIsOlderThanItsMemories) {
  const auto model = memn2n("adjacent", 2);
  auto given = small_stories();
  const auto before = model->forward(given).logits[0][3];
  given.inputs[0][0].fill_(1);
  expect_near(model->forward(given).logits[0][3], before, 0);
  expect_near(model->record(given).weights[0].select(1, 0), torch::zeros({2}), 0);
}

TEST(MemN2N, MakesMemoriesOlderInTrainingAlone) {
  const auto model = memn2n("adjacent", 5, 0.5);
  const auto given = small_stories();
  model->eval();
  const auto calm = model->forward(given).logits;
  expect_near(model->forward(given).logits, calm, 0);
  model->train();
  torch::manual_seed(1);
  const auto noisy = model->forward(given).logits;
  EXPECT_GT((noisy - calm).abs().max().item<double>(), 1e-6);
  torch::manual_seed(1);
  expect_near(model->forward(given).logits, noisy, 0);
}

TEST(MemN2N, LearnsWhereSomebodyIs) {
  Random random(1);
  MemN2NOptions options;
  options.width = 16;
  MemN2NImpl model(options, kWhereSizes, random);
  EXPECT_GT(share_learned(model, 400, 0.02), 0.95);
}

TEST(MemN2N, RefusesRealNumbers) {
  Random random(1);
  expect_error([&] { MemN2NImpl({}, {3, 2}, random); },
               "model memn2n reads numbers of words, the task gives real numbers");
}

}  // namespace
}  // namespace mneme
