#include "mneme/inspect/episode.h"
#include "mneme/inspect/task_views.h"
#include "mneme/inspect/trace_arrays.h"

namespace mneme {
namespace {

/// The columns of [row, time] where an answer is due.
TraceArray due_columns(const std::string& name, const TraceArray& array, const std::vector<float>& due) {
  const int64_t rows = array.shape[0], steps = array.shape[1];
  TraceArray kept{name, {"bit", "step"}, {rows, 0}, {}, array.unit};
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t step = 0; step < steps; ++step)
      if (due[static_cast<size_t>(step)] != 0)
        kept.values.push_back(array.values[static_cast<size_t>(row * steps + step)]);
  kept.shape[1] = static_cast<int64_t>(kept.values.size()) / rows;
  return kept;
}

}  // namespace

TraceView generalisation_view(SequenceModel& model, const Task& task, const std::vector<int64_t>& lengths,
                              Random& random) {
  TraceView view{"generalisation", "", {}, {}};
  std::string& named = view.facts["lengths"];
  for (const int64_t length : lengths) {
    const Batch batch = task.test({{{"length", length}}}, 1, 1, random).at(0);
    const TraceView episode = episode_view("", task, batch, 0, model.forward(batch).logits);
    const auto& due = array_of(episode, "answer_due").values;
    for (const std::string name : {"targets", "outputs"})
      view.arrays.push_back(due_columns(name + " " + std::to_string(length), array_of(episode, name), due));
    if (!named.empty()) named += ' ';
    named += std::to_string(length);
  }
  view.title = "At lengths ";
  for (const char letter : named) view.title += letter == ' ' ? std::string(", ") : std::string(1, letter);
  return view;
}

}  // namespace mneme
