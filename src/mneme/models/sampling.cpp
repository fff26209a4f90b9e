#include "mneme/models/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "mneme/core/error.h"

namespace mneme {

std::vector<int64_t> likeliest_tokens(const float* logits, int64_t count, int64_t most) {
  std::vector<int64_t> tokens(static_cast<size_t>(count));
  std::iota(tokens.begin(), tokens.end(), 0);
  const auto end = tokens.begin() + std::min(most, count);
  std::partial_sort(tokens.begin(), end, tokens.end(), [&](int64_t left, int64_t right) {
    return logits[left] != logits[right] ? logits[left] > logits[right] : left < right;
  });
  tokens.erase(end, tokens.end());
  return tokens;
}

double log_sum_exp(const float* logits, int64_t count) {
  const double highest = *std::max_element(logits, logits + count);
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += std::exp(logits[i] - highest);
  return highest + std::log(sum);
}

Choice choose_token(const float* logits, int64_t count, const SamplingOptions& options, Random& random) {
  if (count < 1) throw Error("choose_token: no logits");
  for (int64_t i = 0; i < count; ++i)
    if (std::isnan(logits[i])) throw Error("choose_token: logit " + std::to_string(i) + " is not a number");
  const double drawn = random.uniform();
  const double all = log_sum_exp(logits, count);
  const auto choice = [&](int64_t token, double chosen_probability) {
    return Choice{token, std::exp(logits[token] - all), chosen_probability};
  };
  if (options.temperature == 0) return choice(likeliest_tokens(logits, count, 1).front(), 1);

  const auto tokens = likeliest_tokens(logits, count, options.top_k > 0 ? options.top_k : count);
  std::vector<double> weights;
  double sum = 0;
  for (const int64_t token : tokens) {
    weights.push_back(std::exp((logits[token] - logits[tokens.front()]) / options.temperature));
    sum += weights.back();
  }
  double kept = 0;
  size_t last = 0;
  for (; last < weights.size(); ++last) {
    kept += weights[last];
    if (kept >= options.top_p * sum) break;
  }
  last = std::min(last, weights.size() - 1);
  double left = drawn * kept;
  size_t chosen = 0;
  while (chosen < last && left >= weights[chosen]) left -= weights[chosen++];
  return choice(tokens[chosen], weights[chosen] / kept);
}

}  // namespace mneme
