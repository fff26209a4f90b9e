#include "mneme/inspect/story_view.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "mneme/inspect/trace_arrays.h"

namespace mneme {
namespace {

constexpr int64_t kAnswersShown = 5;

}  // namespace

TraceView story_view(const std::string& title, const BabiQuestionsTask& task, const Batch& batch, int64_t index,
                     const at::Tensor& looks, const at::Tensor& answer, const std::string& look, bool known) {
  const int64_t sentences = batch.lengths[index].item<int64_t>() - 1;
  TraceView view{"story", title, {}, {}};
  view.arrays.push_back(trace_array("looks", {"look", "sentence"}, looks.narrow(1, 0, sentences), "probability"));
  view.arrays.push_back(trace_array("support", {"sentence"}, supporting_steps(batch, index, sentences)));
  const auto [probabilities, numbers] =
      at::softmax(answer.to(at::kFloat), 0).topk(std::min(kAnswersShown, answer.size(0)));
  view.arrays.push_back(trace_array("answer_probability", {"answer"}, probabilities, "probability"));

  const auto add = [&view](const std::string& fact, const std::string& text) {
    auto& value = view.facts[fact];
    value.append(value.empty() ? "" : "|").append(text);
  };
  view.facts["sentences"] = "";
  for (int64_t step = 0; step < sentences; ++step) add("sentences", task.sentence(batch, index, step));
  add("question", task.sentence(batch, index, sentences) + "?");
  for (int64_t i = 0; i < numbers.size(0); ++i) add("answers", task.answer(numbers[i].item<int64_t>()));
  add("given", task.answer(numbers[0].item<int64_t>()));
  if (known) add("expected", task.answer(batch.targets[index][sentences].item<int64_t>()));
  add("look", look);
  return view;
}

}  // namespace mneme
