#include "mneme/inspect/ponder_views.h"

#include <algorithm>

#include "mneme/inspect/episode.h"
#include "mneme/inspect/trace_arrays.h"
#include "mneme/tasks/babi/questions.h"

namespace mneme {
namespace {

/// What stands at a position: a sentence, a token's number, or its place where it is none of these.
std::string word_at(const Task& task, const Batch& batch, int64_t index, int64_t position) {
  if (const auto* questions = dynamic_cast<const BabiQuestionsTask*>(&task))
    return questions->sentence(batch, index, position);
  if (batch.inputs.dim() == 2) return std::to_string(batch.inputs[index][position].item<int64_t>());
  return std::to_string(position + 1);
}

}  // namespace

TraceView act_episode_view(const std::string& title, const Task& task, const Batch& batch, int64_t index,
                           const ActRecord& record) {
  const torch::NoGradGuard no_gradients;
  TraceView view = episode_view(title, task, batch, index, record.logits);
  view.kind = "act-episode";
  const int64_t steps = batch.lengths[index].item<int64_t>();
  const auto part = [&](const at::Tensor& tensor) { return tensor[index].narrow(0, 0, steps); };
  const auto counts = part(record.steps);
  const auto inner = [&](const at::Tensor& tensor) {  // [batch, time, inner] to [inner, time], no longer than needed
    return part(tensor).narrow(1, 0, counts.max().item<int64_t>()).t();
  };
  view.arrays.push_back(trace_array("ponder", {"time"}, counts, "inner steps"));
  view.arrays.push_back(trace_array("remainder", {"time"}, part(record.remainders)));
  view.arrays.push_back(trace_array("halting", {"inner step", "time"}, inner(record.halting), "probability"));
  view.arrays.push_back(trace_array("halting_weights", {"inner step", "time"}, inner(record.weights), "probability"));
  return view;
}

TraceView ponder_words_view(const std::string& title, const Task& task, const Batch& batch, int64_t index,
                            const UniversalRecord& record) {
  TraceView view{"ponder-words", title, {}, {}};
  const auto part = [&](const std::string& name, const std::string& words, const at::Tensor& steps,
                        const at::Tensor& lengths, const auto& word) {
    const auto count = lengths.defined() ? lengths[index].item<int64_t>() : steps.size(1);
    view.arrays.push_back(trace_array(name, {"position"}, steps[index].narrow(0, 0, count), "steps"));
    std::string& text = view.facts[words];
    for (int64_t position = 0; position < count; ++position)
      text += (position == 0 ? "" : "|") + word(position);
  };
  part("ponder", "words", record.steps, batch.lengths,
       [&](int64_t position) { return word_at(task, batch, index, position); });
  if (record.context_steps.defined())
    part("context_ponder", "context_words", record.context_steps, batch.context_lengths, [&](int64_t position) {
      return std::to_string(batch.context[index][position].item<int64_t>());
    });
  view.facts["written"] = task.print(batch, index, record.logits);
  return view;
}

TraceView ponder_sweep_view(const std::string& difficulty, const std::vector<float>& rows, const std::string& error,
                            std::vector<PonderRun> runs) {
  std::ranges::stable_sort(runs, {}, &PonderRun::time_penalty);
  std::vector<float> penalties, errors, ponders;
  for (const PonderRun& run : runs) {
    penalties.push_back(static_cast<float>(run.time_penalty));
    errors.insert(errors.end(), run.error.begin(), run.error.end());
    ponders.insert(ponders.end(), run.ponder.begin(), run.ponder.end());
  }
  const auto count = static_cast<int64_t>(runs.size()), wide = static_cast<int64_t>(rows.size());
  TraceView view{"ponder-sweep", "Thinking against its price", {{"difficulty", difficulty}, {"error", error}}, {}};
  view.arrays = {{"difficulty", {"row"}, {wide}, rows, difficulty},
                 {"time_penalty", {"run"}, {count}, penalties, ""},
                 {"error", {"run", "row"}, {count, wide}, errors, "percent"},
                 {"ponder", {"run", "row"}, {count, wide}, ponders, "inner steps"}};
  return view;
}

std::optional<TraceView> ponder_view(SequenceModel& model, const Task& task, int64_t sequences, Random& random) {
  const torch::NoGradGuard no_gradients;
  std::vector<float> difficulty, error, ponder;
  std::string key;
  for (const TestSetting& setting : task.test_settings()) {
    if (setting.values.size() != 1) return std::nullopt;
    key = setting.values.begin()->first;
    Score score;
    for (const Batch& batch : task.test(setting, sequences, sequences, random)) {
      const Prediction prediction = model.forward(batch);
      if (!prediction.figures.contains("ponder_steps")) return std::nullopt;
      score.add({prediction.figures});
      score.add(task.score(batch, prediction.logits));
    }
    difficulty.push_back(static_cast<float>(setting.values.begin()->second));
    error.push_back(static_cast<float>(score.figures.at(task.headline()).value()));
    ponder.push_back(static_cast<float>(score.figures.at("ponder_steps").value()));
  }
  TraceView view{"ponder", "Thinking against difficulty", {}, {}};
  const auto rows = static_cast<int64_t>(difficulty.size());
  view.facts = {{"difficulty", key}, {"error", task.headline()}, {"sequences", std::to_string(sequences)}};
  view.arrays = {{"difficulty", {"row"}, {rows}, difficulty, key},
                 {"error", {"row"}, {rows}, error, "percent"},
                 {"ponder", {"row"}, {rows}, ponder, "inner steps"}};
  return view;
}

}  // namespace mneme
