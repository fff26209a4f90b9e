#include "mneme/tasks/pen/handwriting.h"

#include <cmath>
#include <numbers>
#include <set>

#include "mneme/tasks/pen/pen_density.h"
#include "tasks/task_checks.h"

namespace mneme {
namespace {

PenText short_line() {
  return {"a b", {{0, 0, false}, {0.2f, -0.4f, true}, {1, 0, false}, {0.4f, 0.4f, true}}};
}

TEST(HandwritingTask, LaysOutEachPointBeforeTheOneThatFollows) {
  const Batch batch = HandwritingTask::batch_of({short_line(), {"b", {{0, 0, false}, {2, 2, true}}}});
  const auto same = [](const at::Tensor& tensor, const std::vector<float>& values) {
    return torch::allclose(tensor.flatten(), torch::tensor(values));
  };
  EXPECT_TRUE(same(batch.inputs[0], {0, 0, 0, 0.5f, -1, 1, 2.5f, 0, 0}));
  EXPECT_TRUE(same(batch.targets[0], {0.5f, -1, 1, 2.5f, 0, 0, 1, 1, 1}));
  EXPECT_TRUE(same(batch.inputs[1], {0, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_TRUE(same(batch.targets[1], {5, 5, 1, 0, 0, 0, 0, 0, 0}));
  EXPECT_TRUE(torch::equal(batch.lengths, torch::tensor({3, 1}, torch::kLong)));
  EXPECT_TRUE(torch::equal(batch.mask, torch::tensor({{true, true, true}, {true, false, false}})));
  const auto number = [](char letter) { return static_cast<int64_t>(pen_characters().find(letter)); };
  EXPECT_TRUE(torch::equal(batch.context, torch::tensor({{number('a'), number(' '), number('b')}, {number('b'), int64_t{0}, int64_t{0}}})));
  EXPECT_TRUE(torch::equal(batch.context_lengths, torch::tensor({3, 1}, torch::kLong)));
}

TEST(HandwritingTask, DrawsTheSameFromTheSameSeedAndWithinTheText) {
  const HandwritingTask task(settings_of({{"longest", int64_t{15}}}));
  Random one(3), other(3);
  const Batch batch = task.sample(6, one);
  expect_same(batch, task.sample(6, other));
  EXPECT_EQ(batch.inputs.size(2), task.sizes().features);
  EXPECT_LE(batch.context_lengths.max().item<int64_t>(), 15);
  EXPECT_LT(batch.context.max().item<int64_t>(), task.sizes().context_tokens);
  EXPECT_EQ(batch.lengths.max().item<int64_t>(), batch.inputs.size(1));
  const auto past_end = torch::arange(batch.inputs.size(1)).unsqueeze(0) >= batch.lengths.unsqueeze(1);
  EXPECT_EQ(batch.inputs.abs().sum(-1).masked_select(past_end).count_nonzero().item<int64_t>(), 0);
  EXPECT_EQ(batch.mask.sum().item<int64_t>(), batch.lengths.sum().item<int64_t>());
  EXPECT_EQ(task.validation(5, 2, one).size(), 3U);
}

TEST(HandwritingTask, AWriterHasTheHandThatIsAskedFor) {
  for (int64_t number = 0; number < 20; ++number) {
    EXPECT_TRUE(numbered_writer(number, "joined").joined);
    EXPECT_FALSE(numbered_writer(number, "printed").joined);
  }
  EXPECT_EQ(numbered_writer(4, "any").slant, numbered_writer(4, "any").slant);
  EXPECT_NE(numbered_writer(4, "any").slant, numbered_writer(5, "any").slant);
}

TEST(HandwritingTask, ScoresTheDensityOfThePoints) {
  const HandwritingTask task(settings_of({{"mixtures", int64_t{2}}}));
  const Batch batch = HandwritingTask::batch_of({short_line()});
  // Two standard normals in the middle and an end as likely as not.
  const auto logits = torch::zeros({1, 3, 13});
  const double each = std::log(2 * std::numbers::pi) + std::numbers::ln2;
  const double squares = 0.25 + 1 + 6.25 + 1 + 1;  // of the offsets
  const Score score = task.score(batch, logits);
  EXPECT_NEAR(score.figures.at("nats_per_sequence").value(), 3 * each + squares / 2, 1e-6);
  EXPECT_NEAR(score.figures.at("nats_per_point").value(), each + squares / 6, 1e-6);
  EXPECT_EQ(task.print(batch, 0, logits), "a b\n4 points, 4.114 nats a point");
}

TEST(PointNats, EqualsTheEquationsComputedApart) {
  const float raw[] = {0.4f, 0.3f, -0.2f, 0.5f, -1.0f, 0.1f, 0.7f, -0.4f, 0.2f, 0.3f, -0.6f, 0.9f, -0.5f};
  const float down[] = {0.3f, -0.8f, 0}, lifted[] = {0.3f, -0.8f, 1}, far[] = {-1.5f, 2, 0};
  // From tests/goldens/handwriting_golden.py; the numbers here are float32.
  EXPECT_NEAR(point_nats(raw, 2, down), 2.601217169078, 1e-6);
  EXPECT_NEAR(point_nats(raw, 2, lifted), 3.001217169078, 1e-6);
  EXPECT_NEAR(point_nats(raw, 2, far), 5.908912891612, 1e-6);
}

TEST(CharacterNumbers, NamesWhatNoHandWrites) {
  EXPECT_EQ(character_numbers("ab").size(), 2U);
  const auto text = error_text<UsageError>([] { character_numbers("a#b~c#"); });
  EXPECT_TRUE(text.starts_with("no hand here writes `#~`; known are ")) << text;
  EXPECT_EQ(error_text<UsageError>([] { character_numbers(""); }), "the text to write is empty");
}

}  // namespace
}  // namespace mneme
