#include "mneme/tasks/translation/bleu.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace mneme {
namespace {

const std::string kGoldens = MNEME_SOURCE_DIR "/tests/goldens/bleu_golden";

void expect_the_same(const nlohmann::json& pairs, const nlohmann::json& due, LetterCase letters) {
  BleuCounts counts;
  for (const auto& pair : pairs)
    counts.add(bleu_counts(pair[0].get<std::string>(), pair[1].get<std::string>(), letters));
  EXPECT_EQ(nlohmann::json(counts.matches), due.at("matches")) << pairs;
  EXPECT_EQ(nlohmann::json(counts.total), due.at("total")) << pairs;
  EXPECT_EQ(counts.length, due.at("length")) << pairs;
  EXPECT_EQ(counts.reference_length, due.at("reference_length")) << pairs;
  // Four logarithms and an exponential in double precision.
  EXPECT_NEAR(bleu(counts), due.at("bleu").get<double>(), 1e-10) << pairs;
}

void expect_the_same(const nlohmann::json& goldens) {
  ASSERT_GT(goldens.at("corpora").size(), 20u);
  for (const auto& corpus : goldens.at("corpora")) {
    expect_the_same(corpus.at("pairs"), corpus.at("mixed"), LetterCase::mixed);
    expect_the_same(corpus.at("pairs"), corpus.at("lower"), LetterCase::lower);
  }
}

TEST(Bleu, CountsAndScoresAsSacreBleuDid) {
  std::ifstream file(kGoldens + ".json");
  const auto goldens = nlohmann::json::parse(file);
  expect_the_same(goldens);
  EXPECT_EQ(bleu_signature(LetterCase::mixed), goldens.at("corpora")[0].at("mixed").at("signature"));
  EXPECT_EQ(bleu_signature(LetterCase::lower), goldens.at("corpora")[0].at("lower").at("signature"));
}

TEST(Bleu, CountsAndScoresAsTheSacreBleuOfThisMachineDoes) {
  const char* python = std::getenv("MNEME_PYTHON");
  FILE* output =
      popen((std::string(python == nullptr ? "python3" : python) + " " + kGoldens + ".py").c_str(), "r");
  ASSERT_NE(output, nullptr);
  std::string text;
  for (int byte = std::fgetc(output); byte != EOF; byte = std::fgetc(output)) text += static_cast<char>(byte);
  const int code = WEXITSTATUS(pclose(output));
  if (code == 3) GTEST_SKIP() << "python3 has no package sacrebleu (MNEME_PYTHON names another Python)";
  ASSERT_EQ(code, 0);
  expect_the_same(nlohmann::json::parse(text));
}

TEST(Bleu, SplitsPunctuationFromWordsButNotWithinNumbers) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(bleu_words("Hello, world! 1,234.5 isn't 2-fold."),
            (Words{"Hello", ",", "world", "!", "1,234.5", "isn't", "2", "-", "fold", "."}));
  EXPECT_EQ(bleu_words("ÄPFEL &amp; Öl", LetterCase::lower), (Words{"äpfel", "&", "öl"}));
  EXPECT_EQ(bleu_words(""), Words{});
}

TEST(Bleu, AWholeMatchIs100AndNoneIs0) {
  EXPECT_NEAR(bleu(bleu_counts("a b c d e", "a b c d e")), 100, 1e-10);
  EXPECT_EQ(bleu(bleu_counts("a b c d e", "v w x y z")), 0);
  EXPECT_EQ(bleu(bleu_counts("", "v w x y z")), 0);
  EXPECT_EQ(bleu(BleuCounts{}), 0);
}

TEST(Bleu, AShortTranslationPaysForWhatItLeavesOut) {
  // Every n-gram matches, and four words stand for eight: exp(1 - 8/4).
  EXPECT_NEAR(bleu(bleu_counts("a b c d", "a b c d e f g h")), 100 * std::exp(-1.0), 1e-10);
}

}  // namespace
}  // namespace mneme
