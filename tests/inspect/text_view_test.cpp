#include "mneme/inspect/text_view.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "mneme/core/figure_text.h"
#include "mneme/inspect/trace_arrays.h"

namespace mneme {
namespace {

Gpt small_gpt(int64_t tokens) {
  GptOptions options;
  options.width = 8, options.layers = 2, options.heads = 2, options.context = 16;
  Random random(1);
  Gpt gpt(options, ModelSizes{.outputs = tokens, .tokens = tokens}, random);
  gpt->eval();
  return gpt;
}

TEST(TextView, GivesTheProbabilityOfEachTokenAndTheWeightsOfEachHead) {
  const CharacterUnits units("\nabc|");
  auto gpt = small_gpt(units.size());
  const std::vector<int64_t> tokens = units.encode("ab|c\n");
  const TraceView view = text_view("A text", units, *gpt, tokens, 2);
  const torch::NoGradGuard no_grad;
  const auto logs = gpt->predict(torch::tensor(tokens).unsqueeze(0), {})[0].log_softmax(-1);
  const auto& probability = array_of(view, "probability").values;
  EXPECT_TRUE(std::isnan(probability[0]));
  double nats = 0;
  for (int64_t t = 1; t < 5; ++t) {
    const auto expected = logs[t - 1][tokens[static_cast<size_t>(t)]].item<double>();
    EXPECT_NEAR(probability[static_cast<size_t>(t)], std::exp(expected), 1e-6);
    nats -= expected;
  }
  EXPECT_EQ(view.facts.at("nats per token"), figure_text(nats / 4));
  EXPECT_EQ(view.facts.at("written by the model"), "2");
  EXPECT_EQ(nlohmann::json::parse(view.facts.at("pieces_text")), (nlohmann::json{"a", "b", "|", "c", "\n"}));
  const auto& attention = array_of(view, "attention");
  EXPECT_EQ(attention.shape, (std::vector<int64_t>{2, 2, 5, 5}));
  for (size_t row = 0; row < 20; ++row) {
    double sum = 0;
    for (size_t key = 0; key < 5; ++key) sum += attention.values[row * 5 + key];
    EXPECT_NEAR(sum, 1, 1e-6);
  }
  // The likeliest words are in order, and their places lead to words.
  const auto words = nlohmann::json::parse(view.facts.at("pieces_likeliest"));
  const auto& likeliest = array_of(view, "likeliest");
  const auto& shares = array_of(view, "likeliest_probability").values;
  for (size_t rank = 0; rank < 5; ++rank) {
    EXPECT_LT(likeliest.values[5 + rank], static_cast<float>(words.size()));
    if (rank > 0) {
      EXPECT_GE(shares[4 + rank], shares[5 + rank]);
    }
  }
}

TEST(TextView, ShowsHeldOutTextAndTextOfItsOwn) {
  const CharacterUnits units("\nab");
  auto gpt = small_gpt(units.size());
  Random random(1), same(1);
  const auto views = text_views(units, *gpt, units.encode("abbab"), random);
  ASSERT_EQ(views.size(), 2u);
  EXPECT_EQ(views[0].title, "Held-out text");
  EXPECT_EQ(nlohmann::json::parse(views[1].facts.at("pieces_text"))[0], "\n");
  EXPECT_EQ(array_of(views[1], "probability").shape, (std::vector<int64_t>{16}));
  EXPECT_EQ(text_views(units, *gpt, {}, same).size(), 1u);  // no text at hand
}

TEST(TextView, WritesBytesThatAreNoCharacterAsSuch) {
  const ByteUnits units;
  auto gpt = small_gpt(256);
  const auto view = text_view("Bytes", units, *gpt, {0xff, 'a'});
  EXPECT_EQ(nlohmann::json::parse(view.facts.at("pieces_text"))[0], "\xef\xbf\xbd");
}

}  // namespace
}  // namespace mneme
