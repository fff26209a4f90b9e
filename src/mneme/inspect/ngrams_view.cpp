#include <algorithm>

#include "mneme/inspect/task_views.h"
#include "mneme/inspect/trace_arrays.h"

namespace mneme {
namespace {

/// The mean weighting of all heads over the steps of each context: [location, context].
TraceArray mean_by_context(const std::string& name, const TraceArray& weights,
                           const std::vector<int64_t>& contexts, int64_t first_step, int64_t context_count) {
  const int64_t heads = weights.shape[0], locations = weights.shape[1], steps = weights.shape[2];
  std::vector<float> counts(static_cast<size_t>(context_count));
  TraceArray mean{name, {"location", "context"}, {locations, context_count}, {}, "probability"};
  mean.values.resize(static_cast<size_t>(locations * context_count));
  for (size_t i = 0; i < contexts.size(); ++i) {
    const int64_t context = contexts[i], step = first_step + static_cast<int64_t>(i);
    counts[static_cast<size_t>(context)] += static_cast<float>(heads);
    for (int64_t head = 0; head < heads; ++head)
      for (int64_t location = 0; location < locations; ++location)
        mean.values[static_cast<size_t>(location * context_count + context)] +=
            weights.values[static_cast<size_t>((head * locations + location) * steps + step)];
  }
  for (int64_t location = 0; location < locations; ++location)
    for (int64_t context = 0; context < context_count; ++context)
      mean.values[static_cast<size_t>(location * context_count + context)] /=
          std::max(1.0f, counts[static_cast<size_t>(context)]);
  return mean;
}

}  // namespace

TraceView ngrams_view(const TraceView& episode, const NgramsTask& task, const Batch& batch, int64_t index) {
  int64_t context_bits = 0;
  for (const OptionInfo& option : task.options())
    if (option.key == "context") context_bits = std::get<int64_t>(option.value);
  const auto bits = ngram_bits(batch, index);
  const auto probabilities = optimal_ngram_probabilities(bits, context_bits);
  const auto count = static_cast<int64_t>(probabilities.size());

  // The bit after the whole first context is due at the step that shows that context's last bit.
  const int64_t first_step = context_bits - 1;
  std::vector<int64_t> contexts;
  for (int64_t i = 0; i < count; ++i) {
    int64_t context = 0;
    for (int64_t k = 0; k < context_bits; ++k) context = context << 1 | bits[static_cast<size_t>(i + k)];
    contexts.push_back(context);
  }
  const TraceArray& outputs = array_of(episode, "outputs");
  const auto prediction = outputs.values.begin() + first_step;

  TraceView view{"ngrams", "Predictions beside the optimal estimator", {}, {}};
  for (const auto& [name, text] : episode.facts)
    if (name.ends_with("bits_per_sequence")) view.facts[name] = text;
  const auto add = [&](const std::string& name, std::vector<float> values, const std::string& unit) {
    view.arrays.push_back({name, {"bit"}, {count}, std::move(values), unit});
  };
  add("bits", {bits.begin() + context_bits, bits.end()}, "");
  add("prediction", {prediction, prediction + count}, "probability");
  add("optimal", {probabilities.begin(), probabilities.end()}, "probability");
  add("contexts", {contexts.begin(), contexts.end()}, "");
  if (episode.kind != "episode") {
    const int64_t context_count = int64_t{1} << context_bits;
    for (const std::string side : {"write", "read"})
      view.arrays.push_back(mean_by_context("context_" + side + "s", array_of(episode, side + "_weights"),
                                            contexts, first_step, context_count));
  }
  return view;
}

}  // namespace mneme
