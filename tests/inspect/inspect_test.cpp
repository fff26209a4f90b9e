#include "mneme/inspect/inspect.h"

#include <gtest/gtest.h>

#include <numeric>

#include "mneme/core/error.h"
#include "mneme/inspect/task_views.h"
#include "mneme/inspect/trace_arrays.h"

namespace mneme {
namespace {

Trace inspected(const std::string& model_name, const std::string& task_name,
                const InspectOptions& options = {}) {
  const auto task = make_task(task_name, {});
  Random random(1);
  Settings settings;
  if (model_name == "ntm" || model_name == "dnc")
    settings = {{"hidden", {int64_t{8}, "test"}}, {"slots", {int64_t{16}, "test"}}};
  if (model_name == "lstm" || model_name == "act") settings = {{"hidden", {int64_t{8}, "test"}}};
  const auto model = make_model(model_name, settings, {task->sizes().features, task->sizes().outputs}, random);
  return inspect_model(*model, *task, options);
}

std::vector<std::string> kinds(const Trace& trace) {
  std::vector<std::string> list;
  for (const TraceView& view : trace.views) list.push_back(view.kind);
  return list;
}

TEST(Inspect, CopyShowsEpisodesAndTheLengthsOfTheTest) {
  const Trace trace = inspected("ntm", "copy");
  EXPECT_EQ(kinds(trace), (std::vector<std::string>{"ntm-episode", "ntm-episode", "generalisation"}));
  EXPECT_EQ(trace.views[0].title, "Copy, length 20");
  EXPECT_EQ(trace.views[1].title, "Copy, length 120");
  EXPECT_EQ(trace.views[2].facts.at("lengths"), "10 20 30 50 120");
  EXPECT_EQ(array_of(trace.views[2], "outputs 50").shape, (std::vector<int64_t>{8, 50}));
  EXPECT_EQ(trace.settings.at("model.slots"), "16");
  EXPECT_EQ(trace.settings.at("task.bits"), "8");
}

TEST(Inspect, WeightingsSumToOneAtEveryStep) {
  const Trace trace = inspected("ntm", "repeat-copy");
  for (const std::string name : {"write_weights", "read_weights"}) {
    const TraceArray& weights = array_of(trace.views[0], name);
    const int64_t steps = weights.shape[2];
    for (int64_t step = 0; step < steps; ++step) {
      double sum = 0;
      for (int64_t slot = 0; slot < weights.shape[1]; ++slot)
        sum += weights.values[static_cast<size_t>(slot * steps + step)];
      EXPECT_NEAR(sum, 1, 1e-5) << name << " at " << step;  // 16 float32 weights
    }
  }
}

TEST(Inspect, EveryTaskHasItsViewsForBothModels) {
  using List = std::vector<std::string>;
  EXPECT_EQ(kinds(inspected("ntm", "ngrams")), (List{"ntm-episode", "ngrams"}));
  EXPECT_EQ(kinds(inspected("lstm", "ngrams")), (List{"episode", "ngrams"}));
  EXPECT_EQ(kinds(inspected("ntm", "priority-sort")), (List{"ntm-episode", "priority-sort"}));
  EXPECT_EQ(kinds(inspected("lstm", "priority-sort")), (List{"episode"}));
  EXPECT_EQ(kinds(inspected("ntm", "associative-recall")), (List{"ntm-episode", "ntm-episode"}));
  EXPECT_EQ(kinds(inspected("lstm", "copy")), (List{"episode", "episode", "generalisation"}));
  EXPECT_EQ(kinds(inspected("dnc", "copy")), (List{"dnc-episode", "dnc-episode", "generalisation"}));
  EXPECT_EQ(kinds(inspected("act", "parity")), (List{"act-episode", "act-episode", "ponder"}));
}

TEST(Inspect, ShowsTheSequencesAskedFor) {
  InspectOptions options;
  options.sequences = {{{{"length", 3}}}, {{{"length", 7}}}};
  const Trace trace = inspected("lstm", "copy", options);
  EXPECT_EQ(trace.views[0].title, "Copy, length 3");
  EXPECT_EQ(array_of(trace.views[0], "inputs").shape, (std::vector<int64_t>{9, 7}));
  EXPECT_EQ(array_of(trace.views[1], "inputs").shape, (std::vector<int64_t>{9, 15}));
}

TEST(Inspect, SameSeedGivesTheSameTrace) {
  InspectOptions other;
  other.seed = 2;
  const std::string first = trace_to_json(inspected("ntm", "copy"));
  EXPECT_EQ(first, trace_to_json(inspected("ntm", "copy")));
  EXPECT_NE(first, trace_to_json(inspected("ntm", "copy", other)));
}

TEST(NgramsView, PutsPredictionsBesideTheEstimator) {
  const Trace trace = inspected("ntm", "ngrams");
  const TraceView& view = trace.views[1];
  const auto& optimal = array_of(view, "optimal").values;
  const auto& contexts = array_of(view, "contexts").values;
  const auto& bits = array_of(view, "bits").values;
  ASSERT_EQ(bits.size(), 195u);
  std::vector<double> ones(32), seen(32);
  for (size_t i = 0; i < bits.size(); ++i) {
    const auto context = static_cast<size_t>(contexts[i]);
    EXPECT_FLOAT_EQ(optimal[i], static_cast<float>((ones[context] + 0.5) / (seen[context] + 1))) << i;
    ones[context] += bits[i];
    seen[context] += 1;
    if (i + 1 < bits.size()) {
      EXPECT_EQ(contexts[i + 1], static_cast<float>((context * 2 + static_cast<size_t>(bits[i])) % 32));
    }
  }
  // The model's own prediction of the same bit: its output at the step that shows the context's last bit.
  const auto& outputs = array_of(trace.views[0], "outputs").values;
  const auto& due = array_of(trace.views[0], "answer_due").values;
  const auto& prediction = array_of(view, "prediction").values;
  size_t scored = 0;
  for (size_t step = 0; step < due.size(); ++step) {
    if (due[step] == 0) continue;
    EXPECT_EQ(prediction[scored++], outputs[step]) << step;
  }
  EXPECT_EQ(scored, bits.size());
  // Mean weightings sum to 1 for each context that came up.
  const auto& writes = array_of(view, "context_writes").values;
  for (size_t context = 0; context < 32; ++context) {
    double sum = 0;
    for (size_t slot = 0; slot < 16; ++slot) sum += writes[slot * 32 + context];
    EXPECT_NEAR(sum, seen[context] > 0 ? 1 : 0, 1e-5) << context;
  }
}

TEST(LineFit, FindsTheLine) {
  const LineFit exact = fit_line({-1, 0, 1, 2}, {5, 3, 1, -1});
  EXPECT_DOUBLE_EQ(exact.slope, -2);
  EXPECT_DOUBLE_EQ(exact.offset, 3);
  EXPECT_DOUBLE_EQ(exact.r2, 1);
  EXPECT_DOUBLE_EQ(fit_line({-1, 0, 1}, {1, 0, 1}).r2, 0);
  EXPECT_DOUBLE_EQ(fit_line({2, 2}, {1, 3}).slope, 0);
  EXPECT_DOUBLE_EQ(fit_line({1, 2}, {3, 3}).r2, 1);
}

TEST(StartOfUsed, IsBehindTheLongestGap) {
  EXPECT_EQ(start_of_used({3, 4, 7}, 10), 3);
  EXPECT_EQ(start_of_used({9, 0, 1}, 10), 9);
  EXPECT_EQ(start_of_used({5}, 10), 5);
  EXPECT_EQ(start_of_used({0, 9, 5}, 10), 5);  // the gaps are 5 and 4 long
}

TEST(PrioritySortView, FindsTheLineOfAPlannedMachine) {
  // Two write heads: the first writes anywhere, the second round the end of memory by priority.
  const PrioritySortTask task({});
  Random random(5);
  const Batch batch = task.test(task.test_settings().front(), 1, 1, random).at(0);
  const int64_t items = 20, places = 16, steps = items + 1 + places, slots = 128;
  TraceView episode{"ntm-episode", "Sort", {}, {}};
  std::vector<float> written(2 * steps), read(steps);
  std::vector<std::pair<float, float>> order;
  for (int64_t item = 0; item < items; ++item) {
    const float priority = batch.inputs[0][item][8].item<float>();
    written[static_cast<size_t>(item)] = static_cast<float>(random.integer(0, 127));
    const auto location = static_cast<int64_t>(std::lround(120 + 30 * priority)) % slots;
    written[static_cast<size_t>(steps + item)] = static_cast<float>(location);
    order.emplace_back(priority, static_cast<float>(location));
  }
  std::sort(order.rbegin(), order.rend());
  for (int64_t place = 0; place < places; ++place)
    read[static_cast<size_t>(items + 1 + place)] = order[static_cast<size_t>(place)].second;
  episode.arrays = {{"write_position", {"head", "time"}, {2, steps}, written, ""},
                    {"read_position", {"head", "time"}, {1, steps}, read, ""},
                    {"write_weights", {"head", "location", "time"}, {2, slots, steps}, {}, ""},
                    {"read_weights", {"head", "location", "time"}, {1, slots, steps}, {}, ""}};
  const TraceView view = priority_sort_view({episode}, task, batch);
  EXPECT_EQ(view.facts.at("write head"), "2");
  EXPECT_NEAR(array_of(view, "fit").values[0], 30, 0.5);  // locations are rounded to whole numbers
  EXPECT_EQ(array_of(view, "read_location").values, array_of(view, "expected_location").values);
}

}  // namespace
}  // namespace mneme
