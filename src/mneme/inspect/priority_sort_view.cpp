#include <algorithm>
#include <numeric>

#include "mneme/core/figure_text.h"
#include "mneme/inspect/task_views.h"
#include "mneme/inspect/trace_arrays.h"

namespace mneme {
namespace {

/// Head `head`'s positions in steps [first, first + count), counted from location `start` round the memory.
std::vector<double> positions(const TraceView& episode, const std::string& side, int64_t head, int64_t first,
                              int64_t count, int64_t start) {
  const TraceArray& array = array_of(episode, side + "_position");
  const int64_t locations = array_of(episode, side + "_weights").shape[1];
  std::vector<double> found;
  for (int64_t step = first; step < first + count; ++step) {
    const auto location =
        static_cast<int64_t>(array.values[static_cast<size_t>(head * array.shape[1] + step)]);
    found.push_back(static_cast<double>((location - start + locations) % locations));
  }
  return found;
}

void append(std::vector<double>& all, const std::vector<double>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

TraceArray table(const std::string& name, const std::string& axis, size_t sequences,
                 const std::vector<double>& values) {
  const auto columns = static_cast<int64_t>(values.size() / sequences);
  return {name,
          {"sequence", axis},
          {static_cast<int64_t>(sequences), columns},
          {values.begin(), values.end()},
          ""};
}

}  // namespace

LineFit fit_line(const std::vector<double>& x, const std::vector<double>& y) {
  const auto count = static_cast<double>(x.size());
  const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / count;
  const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / count;
  double xx = 0, xy = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
  }
  const double slope = xx > 0 ? xy / xx : 0;
  return {slope, mean_y - slope * mean_x, yy > 0 ? slope * xy / yy : 1};
}

int64_t start_of_used(const std::vector<int64_t>& used, int64_t locations) {
  std::vector<int64_t> sorted = used;
  std::sort(sorted.begin(), sorted.end());
  int64_t start = 0, longest = -1;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const int64_t before = i == 0 ? sorted.back() - locations : sorted[i - 1];
    if (sorted[i] - before > longest) {
      longest = sorted[i] - before;
      start = sorted[i];
    }
  }
  return start;
}

TraceView priority_sort_view(const std::vector<TraceView>& episodes, const PrioritySortTask& task,
                             const Batch& batch) {
  const int64_t priority_channel = task.sizes().features - 2;
  const auto due_steps = batch.mask[0].to(at::kLong).sum().item<int64_t>();
  const int64_t items = batch.lengths[0].item<int64_t>() - due_steps - 1;  // one step holds the delimiter
  const int64_t locations = array_of(episodes[0], "write_weights").shape[1];

  std::vector<double> priority;
  for (size_t sequence = 0; sequence < episodes.size(); ++sequence)
    for (int64_t item = 0; item < items; ++item)
      priority.push_back(batch.inputs[static_cast<int64_t>(sequence)][item][priority_channel].item<double>());

  // The write head whose locations a line in the priority fits best.
  LineFit best;
  int64_t best_head = -1, start = 0;
  std::vector<double> written;
  for (int64_t head = 0; head < array_of(episodes[0], "write_position").shape[0]; ++head) {
    std::vector<int64_t> used;
    for (const TraceView& episode : episodes)
      for (const double location : positions(episode, "write", head, 0, items, 0))
        used.push_back(static_cast<int64_t>(location));
    const int64_t head_start = start_of_used(used, locations);
    std::vector<double> own;
    for (const TraceView& episode : episodes)
      append(own, positions(episode, "write", head, 0, items, head_start));
    const LineFit fit = fit_line(priority, own);
    if (best_head >= 0 && fit.r2 <= best.r2) continue;
    std::tie(best, best_head, start, written) = std::tuple(fit, head, head_start, std::move(own));
  }

  std::vector<double> expected;
  for (size_t sequence = 0; sequence < episodes.size(); ++sequence) {
    const size_t first = sequence * static_cast<size_t>(items);
    std::vector<size_t> order(static_cast<size_t>(items));
    std::iota(order.begin(), order.end(), first);
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t one, size_t other) { return priority[one] > priority[other]; });
    for (int64_t place = 0; place < due_steps; ++place)
      expected.push_back(written[order[static_cast<size_t>(place)]]);
  }

  // The read head that is nearest to where the answer was written.
  std::vector<double> read;
  int64_t best_reader = -1;
  double least = 0;
  for (int64_t head = 0; head < array_of(episodes[0], "read_position").shape[0]; ++head) {
    std::vector<double> own;
    for (const TraceView& episode : episodes)
      append(own, positions(episode, "read", head, items + 1, due_steps, start));
    double distance = 0;
    for (size_t i = 0; i < own.size(); ++i) distance += std::abs(own[i] - expected[i]);
    if (best_reader >= 0 && distance >= least) continue;
    std::tie(best_reader, least, read) = std::tuple(head, distance, std::move(own));
  }

  TraceView view{"priority-sort", "Write locations against priority", {}, {}};
  view.facts["R²"] = figure_text(best.r2);
  view.facts["write head"] = std::to_string(best_head + 1);
  view.facts["read head"] = std::to_string(best_reader + 1);
  view.arrays.push_back(table("priority", "item", episodes.size(), priority));
  view.arrays.push_back(table("write_location", "item", episodes.size(), written));
  view.arrays.push_back(table("read_location", "place", episodes.size(), read));
  view.arrays.push_back(table("expected_location", "place", episodes.size(), expected));
  view.arrays.push_back(
      {"fit", {"coefficient"}, {2}, {static_cast<float>(best.slope), static_cast<float>(best.offset)}, ""});
  return view;
}

}  // namespace mneme
