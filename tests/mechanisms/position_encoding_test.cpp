#include "mneme/mechanisms/position_encoding.h"

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

at::Tensor words_of(const std::vector<int64_t>& numbers, at::IntArrayRef sizes) {
  return torch::tensor(numbers, torch::kLong).view(sizes);
}

TEST(PositionEncoding, IsItsEquation) {
  // By hand for J = 2, d = 2: j = 1: 1/2 - k/2 · 0, j = 2: 0 + k/2.
  expect_near(position_encoding(2, 2), numbers({0.5, 0.5, 0.5, 1}, {2, 2}), 1e-7);
  // J = 1: 0 + k/d.
  expect_near(position_encoding(1, 4), numbers({0.25, 0.5, 0.75, 1}, {1, 4}), 1e-7);
  // J = 4, d = 2, j = 1: 3/4 - k/2 · 1/2; j = 3: 1/4 + k/2 · 1/2.
  const auto four = position_encoding(4, 2);
  expect_near(four[0], numbers({0.5, 0.25}, {2}), 1e-7);
  expect_near(four[2], numbers({0.5, 0.75}, {2}), 1e-7);
}

TEST(PositionEncoding, OfSentencesIsTheWeightedSumOfTheirWords) {
  const auto embeddings = random_tensor({3, 6, 5}, 1);
  // Sentences of 3, 1, 0 and 4 words.
  const auto sentences = words_of({1, 2, 2, 0, 5, 0, 0, 0, 0, 0, 0, 0, 4, 3, 2, 1}, {2, 2, 4});
  const auto encoded = encoded_sentences(sentences, embeddings);
  ASSERT_EQ(encoded.sizes(), (std::vector<int64_t>{2, 2, 3, 5}));
  const int64_t counts[] = {3, 1, 0, 4};
  for (int64_t s = 0; s < 4; ++s)
    for (int64_t set = 0; set < 3; ++set) {
      auto sum = torch::zeros({5}, torch::kFloat64);
      if (counts[s] > 0) {
        const auto weights = position_encoding(counts[s], 5, torch::kFloat64);
        for (int64_t j = 0; j < counts[s]; ++j)
          sum += weights[j] * embeddings[set][sentences.view({4, 4})[s][j].item<int64_t>()];
      }
      expect_near(encoded.view({4, 3, 5})[s][set], sum, 1e-15);
    }
}

TEST(PositionEncoding, TellsTheOrderOfWordsAndLeavesPaddingOut) {
  const auto embeddings = random_tensor({1, 4, 3}, 2);
  const auto encoded = encoded_sentences(words_of({1, 2, 2, 1}, {1, 2, 2}), embeddings)[0];
  EXPECT_GT((encoded[0] - encoded[1]).abs().max().item<double>(), 1e-3);
  const auto padded = encoded_sentences(words_of({1, 2, 0, 0, 0}, {1, 1, 5}), embeddings)[0][0];
  expect_near(padded, encoded[0], 1e-15);
}

TEST(PositionEncoding, HasTheGradientsOfItsEquation) {
  const auto sentences = words_of({1, 2, 2, 3, 0, 0}, {1, 2, 3});
  const TensorFunction encode = [&](const Tensors& given) { return Tensors{encoded_sentences(sentences, given[0])}; };
  EXPECT_TRUE(gradient_matches(encode, {random_tensor({2, 4, 3}, 1)}));
}

TEST(PositionEncoding, RefusesWhatDoesNotFit) {
  const auto embeddings = torch::zeros({1, 4, 3});
  expect_error([&] { encoded_sentences(words_of({1, 4}, {1, 1, 2}), embeddings); },
               "encoded_sentences: a word's number is 4, expected 0..3; tokens fixed by embeddings [1, 4, 3]");
  expect_error([&] { encoded_sentences(words_of({1, -1}, {1, 1, 2}), embeddings); },
               "encoded_sentences: a word's number is -1, expected 0..3; tokens fixed by embeddings [1, 4, 3]");
  expect_error([&] { encoded_sentences(words_of({1, 2}, {1, 2}), embeddings); },
               "encoded_sentences: sentences is [1, 2], expected [batch, time, words]");
  expect_error([&] { encoded_sentences(torch::zeros({1, 1, 2}), embeddings); },
               "encoded_sentences: sentences is float32, expected int64: numbers of words");
}

}  // namespace
}  // namespace mneme
