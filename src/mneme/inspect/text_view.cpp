#include "mneme/inspect/text_view.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "mneme/core/error.h"
#include "mneme/core/figure_text.h"
#include "mneme/inspect/trace_arrays.h"
#include "mneme/models/sampling.h"
#include "mneme/models/transformer/generator.h"
#include "mneme/tasks/text/utf8.h"

namespace mneme {
namespace {

constexpr int64_t kRanks = 5;
constexpr int64_t kShown = 64;  // tokens: maps of all heads stay readable, and the page small
constexpr double kTemperature = 0.8;

/// Texts as a JSON list; bytes that are no character as U+FFFD.
std::string json_list(const std::vector<std::string>& texts) {
  return nlohmann::json(texts).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

TraceView text_view(const std::string& title, const TextUnits& units, GptImpl& model,
                    const std::vector<int64_t>& tokens, int64_t own) {
  if (tokens.size() < 2)
    throw Error("text_view: " + std::to_string(tokens.size()) + " tokens, expected at least 2");
  const torch::NoGradGuard no_grad;
  const GptRecord record = model.record(torch::tensor(tokens).unsqueeze(0));
  const auto logits = record.logits[0].to(torch::kFloat).contiguous();  // [time, outputs]
  const auto count = static_cast<int64_t>(tokens.size()), outputs = logits.size(1);
  const int64_t ranks = std::min(kRanks, outputs);
  auto probability = torch::full({count}, std::numeric_limits<float>::quiet_NaN());
  auto likeliest = torch::full({count, ranks}, std::numeric_limits<float>::quiet_NaN());
  auto likeliest_probability = likeliest.clone();
  std::vector<std::string> pieces, words;
  std::map<int64_t, int64_t> place;  // of a token among `words`
  double nats = 0;
  for (int64_t t = 0; t < count; ++t) {
    const int64_t token = tokens[static_cast<size_t>(t)];
    pieces.push_back(units.piece(token));
    if (t == 0) continue;
    const float* before = logits.const_data_ptr<float>() + (t - 1) * outputs;
    const double all = log_sum_exp(before, outputs);
    probability[t] = std::exp(before[token] - all);
    nats += all - before[token];
    const auto best = likeliest_tokens(before, outputs, ranks);
    for (int64_t rank = 0; rank < ranks; ++rank) {
      const int64_t each = best[static_cast<size_t>(rank)];
      if (place.try_emplace(each, static_cast<int64_t>(words.size())).second)
        words.push_back(units.piece(each));
      likeliest[t][rank] = static_cast<float>(place[each]);
      likeliest_probability[t][rank] = std::exp(before[each] - all);
    }
  }
  TraceView view{"text", title, {}, {}};
  view.facts["pieces_text"] = json_list(pieces);
  view.facts["pieces_likeliest"] = json_list(words);
  if (own > 0) view.facts["written by the model"] = std::to_string(own);
  view.facts["nats per token"] = figure_text(nats / static_cast<double>(count - 1));
  view.arrays.push_back(trace_array("probability", {"token"}, probability, "probability"));
  view.arrays.push_back(trace_array("likeliest", {"token", "rank"}, likeliest));
  view.arrays.push_back(
      trace_array("likeliest_probability", {"token", "rank"}, likeliest_probability, "probability"));
  view.arrays.push_back(
      trace_array("attention", {"layer", "head", "query", "key"}, torch::cat(record.weights, 0), "probability"));
  return view;
}

std::vector<TraceView> text_views(const TextUnits& units, GptImpl& model,
                                  const std::vector<int64_t>& held_out, Random& random) {
  const int64_t context = model.options().context, shown = std::min(kShown, context);
  std::vector<TraceView> views;
  if (held_out.size() >= 2) {
    const auto end = held_out.begin() + std::min(shown, static_cast<int64_t>(held_out.size()));
    views.push_back(text_view("Held-out text", units, model, {held_out.begin(), end}));
  }
  if (shown < 2) return views;
  std::vector<int64_t> text;
  for (int64_t token = 0; token < units.size() && text.empty(); ++token)
    if (units.piece(token) == "\n") text.push_back(token);
  if (text.empty()) text.push_back(0);
  Generator generator(model, {});
  const float* logits = generator.begin(text);
  for (int64_t i = 1; i < shown; ++i) {
    text.push_back(choose_token(logits, model.sizes().outputs, {.temperature = kTemperature}, random).token);
    if (i + 1 < shown) logits = generator.step(text.back());
  }
  views.push_back(text_view("Its own text", units, model, text, shown - 1));
  return views;
}

}  // namespace mneme
