#include "mneme/tasks/ngrams.h"

#include "task_checks.h"

namespace mneme {
namespace {

TEST(Ngrams, HasThePapersRanges) {
  const NgramsTask task({});
  EXPECT_EQ(task.sizes().features, 1);
  EXPECT_EQ(task.sizes().outputs, 1);
  ASSERT_EQ(task.test_settings().size(), 1u);
  EXPECT_EQ(task.test_settings().front().values, (std::map<std::string, int64_t>{{"length", 200}}));
}

TEST(Ngrams, TheAnswerIsTheNextBitOnceTheContextIsWhole) {
  const NgramsTask task({});
  Random random(1);
  const Batch batch = task.sample(20, random);
  EXPECT_TRUE((batch.lengths == 199).all().item<bool>());
  EXPECT_FALSE(batch.mask.slice(1, 0, 4).any().item<bool>());
  EXPECT_TRUE(batch.mask.slice(1, 4).all().item<bool>());
  EXPECT_TRUE(batch.targets.slice(1, 4, 198).equal(batch.inputs.slice(1, 5)));
  const auto bits = ngram_bits(batch, 3);
  ASSERT_EQ(bits.size(), 200u);
  for (int64_t step = 0; step < 199; ++step)
    EXPECT_EQ(bits[static_cast<size_t>(step)], batch.inputs[3][step][0].item<float>());
  EXPECT_EQ(bits[199], batch.targets[3][198][0].item<float>());
}

TEST(Ngrams, TheOptimalEstimatorCountsWhatFollowedTheSameContext) {
  NgramsTask task({});
  Random random(7);
  const auto bits = ngram_bits(task.sample(1, random), 0);
  const auto probabilities = optimal_ngram_probabilities(bits, 5);
  ASSERT_EQ(probabilities.size(), 195u);
  for (size_t now = 5; now < bits.size(); ++now) {
    double ones = 0, zeros = 0;
    for (size_t before = 5; before < now; ++before) {
      size_t same = 0;
      while (same < 5 && bits[before - 1 - same] == bits[now - 1 - same]) ++same;
      if (same == 5) ++(bits[before] ? ones : zeros);
    }
    EXPECT_DOUBLE_EQ(probabilities[now - 5], (ones + 0.5) / (zeros + ones + 1)) << "bit " << now;
  }
}

// The estimator is the posterior mean under the law that the tables are drawn from, so no other fixed rule
// does better on average; here against the same rule with other priors.
TEST(Ngrams, NoOtherPriorBeatsTheOptimalEstimator) {
  const NgramsTask task({});
  Random random(3);
  const Batch batch = task.sample(400, random);
  const Score score = task.score(batch, torch::zeros_like(batch.targets));
  const double optimal = score.figures.at("optimal_bits_per_sequence").value();
  for (const double prior : {0.1, 0.25, 0.8, 1.0, 2.0}) {
    double cost = 0;
    for (int64_t i = 0; i < 400; ++i) {
      const auto bits = ngram_bits(batch, i);
      std::map<std::string, std::pair<double, double>> seen;  // ones, all
      for (size_t now = 5; now < bits.size(); ++now) {
        auto& [ones, all] =
            seen[{bits.begin() + static_cast<long>(now) - 5, bits.begin() + static_cast<long>(now)}];
        const double one = (ones + prior) / (all + 2 * prior);
        cost -= std::log2(bits[now] ? one : 1 - one) / 400;
        ones += bits[now];
        all += 1;
      }
    }
    EXPECT_GT(cost, optimal) << "prior " << prior;
  }
}

TEST(Ngrams, TheGapIsTheModelsCostAboveTheOptimalOne) {
  const NgramsTask task({});
  Random random(1);
  const Batch batch = task.sample(10, random);
  at::Tensor logits = torch::zeros_like(batch.targets);
  Score score = task.score(batch, logits);
  EXPECT_NEAR(score.figures.at("bits_per_sequence").value(), 195, 1e-3);
  EXPECT_DOUBLE_EQ(
      score.figures.at("gap_bits_per_sequence").value(),
      score.figures.at("bits_per_sequence").value() - score.figures.at("optimal_bits_per_sequence").value());
  for (int64_t i = 0; i < 10; ++i) {
    const auto probabilities = optimal_ngram_probabilities(ngram_bits(batch, i), 5);
    for (size_t step = 0; step < 195; ++step)
      logits[i][static_cast<int64_t>(step) + 4][0] =
          std::log(probabilities[step] / (1 - probabilities[step]));
  }
  EXPECT_NEAR(task.score(batch, logits).figures.at("gap_bits_per_sequence").value(), 0, 1e-3);
}

TEST(Ngrams, EverySequenceHasATableOfTheArcsineLaw) {
  // With one bit of context and long sequences the table is seen: P(p < 1/4) = 1/3 under Beta(1/2, 1/2).
  const NgramsTask task(settings_of({{"context", int64_t{1}}, {"length", int64_t{2000}}}));
  Random random(1);
  const Batch batch = task.sample(600, random);
  int64_t seen = 0, low = 0, high = 0;
  for (int64_t i = 0; i < 600; ++i) {
    const auto bits = ngram_bits(batch, i);
    double ones = 0, all = 0;
    for (size_t now = 1; now < bits.size(); ++now)
      if (bits[now - 1] == 1) ones += bits[now], all += 1;
    if (all < 200) continue;
    ++seen;
    low += ones / all < 0.25;
    high += ones / all > 0.75;
  }
  // Long stretches after a 1 are more often seen where a 1 follows a 1, so `high` is the larger share.
  EXPECT_GT(seen, 300);
  EXPECT_GT(static_cast<double>(low) / static_cast<double>(seen), 0.15);
  EXPECT_GT(static_cast<double>(high) / static_cast<double>(seen), 1.0 / 3);
}

TEST(Ngrams, DifficultyShortensTheSequences) {
  NgramsTask task({});
  Random random(1);
  task.set_difficulty(0);
  EXPECT_EQ(task.sample(1, random).inputs.size(1), 5);  // one answer
  task.set_difficulty(0.5);
  EXPECT_EQ(task.sample(1, random).inputs.size(1), 102);
}

TEST(Ngrams, SequencesMustOutlastTheContext) {
  EXPECT_EQ(error_text<UsageError>([] {
              NgramsTask(settings_of({{"length", int64_t{5}}}));
            }),
            "test.toml:1:1: task.length is 5, expected more than task.context, which is 5");
}

TEST(Ngrams, PrintsAsAPersonWouldWrite) {
  const NgramsTask task({});
  Random random(4);
  const Batch batch = task.test({{{"length", 100}}}, 1, 1, random).front();
  EXPECT_EQ(task.print(batch, 0, {}),
            R"(6-grams, 100 bits: optimal 81.44 bits
bits     00110111001110011111000110111001101110011100001010101101110010010010101101001001
optimal       ▅▅▅▅▅▅▅▅▅▃▇▇▇▃▅▅▅▇▅▅▅▇▇▇▃▂▆▇▇▇▇▇▂▂▆█▆▅▁▇▇▅▅▅▅▅▅▇▃▅▅██▂▁▆█▅▅▅▃▇▃▂▃▇▅▃▇█▅▅▂▄▇
bits     00100101011100100011
optimal  ▂▃█▁▃█▁▂▂█▆▂▁▁▆▇▃█▅▇
(bars: the probability that the bit is 1, ▁ below 1/8 to █ above 7/8)
)");
  EXPECT_EQ(task.print(batch, 0, batch.targets * 2 - 1),
            R"(6-grams, 100 bits: optimal 81.44 bits, model 42.93 bits
bits     00110111001110011111000110111001101110011100001010101101110010010010101101001001
optimal       ▅▅▅▅▅▅▅▅▅▃▇▇▇▃▅▅▅▇▅▅▅▇▇▇▃▂▆▇▇▇▇▇▂▂▆█▆▅▁▇▇▅▅▅▅▅▅▇▃▅▅██▂▁▆█▅▅▅▃▇▃▂▃▇▅▃▇█▅▅▂▄▇
model         ▆▆▆▃▃▆▆▆▃▃▆▆▆▆▆▃▃▃▆▆▃▆▆▆▃▃▆▆▃▆▆▆▃▃▆▆▆▃▃▃▃▆▃▆▃▆▃▆▆▃▆▆▆▃▃▆▃▃▆▃▃▆▃▆▃▆▆▃▆▃▃▆▃▃▆
bits     00100101011100100011
optimal  ▂▃█▁▃█▁▂▂█▆▂▁▁▆▇▃█▅▇
model    ▃▃▆▃▃▆▃▆▃▆▆▆▃▃▆▃▃▃▆▆
(bars: the probability that the bit is 1, ▁ below 1/8 to █ above 7/8)
)");
}

}  // namespace
}  // namespace mneme
