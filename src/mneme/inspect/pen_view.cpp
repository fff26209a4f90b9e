#include "mneme/inspect/pen_view.h"

#include "mneme/inspect/jacobian.h"
#include "mneme/inspect/trace_arrays.h"
#include "mneme/tasks/label_decoding.h"

namespace mneme {

TraceView pen_jacobian_view(const std::string& title, SequenceModel& model, const PenRecognitionTask& task,
                            const PenText& pen) {
  const Batch batch = task.batch_of({pen});
  const ThinnedPen trace = task.steps_of(pen);
  const auto points = static_cast<int64_t>(trace.pen.points.size());
  at::Tensor logits;  // [time, outputs]
  {
    const torch::NoGradGuard no_gradients;
    logits = model.forward(batch).logits[0].to(at::kCPU, at::kFloat).contiguous();
  }
  std::vector<int64_t> labels;
  for (const char character : pen.text) labels.push_back(pen_label(character));
  const auto said = steps_of_labels({logits.const_data_ptr<float>(), static_cast<size_t>(logits.numel())},
                                    logits.size(1), labels);
  std::vector<OutputPlace> places;
  for (size_t i = 0; i < labels.size(); ++i) places.push_back({said[i], labels[i]});

  auto where = at::zeros({2, points}), kinds = at::zeros({3, points}), read = at::zeros({points});
  auto place = where.accessor<float, 2>(), kind = kinds.accessor<float, 2>();
  const auto [probability, best] = logits.softmax(1).max(1);
  float x = 0, y = 0;
  for (int64_t i = 0; i < points; ++i) {
    const PenPoint& point = trace.pen.points[static_cast<size_t>(i)];
    place[0][i] = x += point.dx;
    place[1][i] = y += point.dy;
    kind[0][i] = point.stroke_end ? 1 : 0;
    kind[1][i] = static_cast<float>(point.character);
    kind[2][i] = point.delayed ? 1 : 0;
    const int64_t label = best[i].item<int64_t>();
    if (label > 0) read[i] = static_cast<int>(pen_character(label));
  }
  TraceView view{"pen-jacobian", title, {{"text", pen.text}, {"read", task.read(logits, points)}}, {}};
  view.arrays.push_back(trace_array("x", {"point"}, where[0], "heights of an x"));
  view.arrays.push_back(trace_array("y", {"point"}, where[1], "heights of an x"));
  view.arrays.push_back(trace_array("stroke_end", {"point"}, kinds[0]));
  view.arrays.push_back(trace_array("character", {"point"}, kinds[1]));
  view.arrays.push_back(trace_array("delayed", {"point"}, kinds[2]));
  view.arrays.push_back(trace_array("label", {"point"}, read));
  view.arrays.push_back(trace_array("probability", {"point"}, probability, "probability"));
  view.arrays.push_back(trace_array("said_step", {"character"}, at::tensor(said, at::kLong)));
  view.arrays.push_back(
      trace_array("sensitivity", {"character", "point"}, sensitivity(jacobian(model, batch, places))));
  return view;
}

}  // namespace mneme
