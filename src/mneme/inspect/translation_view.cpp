#include "mneme/inspect/translation_view.h"

#include <algorithm>

#include "mneme/inspect/trace_arrays.h"

namespace mneme {
namespace {

std::string pieces_text(const SubwordUnits& units, const at::Tensor& numbers) {
  std::string text;
  for (int64_t i = 0; i < numbers.size(0); ++i) {
    std::string piece = units.piece(numbers[i].item<int64_t>());
    std::replace(piece.begin(), piece.end(), '|', '\0');
    for (size_t at = piece.find('\0'); at != std::string::npos; at = piece.find('\0'))
      piece.replace(at, 1, "¦");
    text += (i == 0 ? "" : "|") + piece;
  }
  return text;
}

}  // namespace

TraceView translation_view(const std::string& title, TransformerImpl& model, const TranslationTask& task,
                           const Batch& batch, int64_t index) {
  const torch::NoGradGuard no_gradients;
  const auto within = [&](const at::Tensor& numbers, const at::Tensor& lengths) {
    return numbers[index].narrow(0, 0, lengths[index].item<int64_t>()).contiguous();
  };
  const at::Tensor read = within(batch.context, batch.context_lengths),
                   written = within(batch.targets, batch.lengths);
  TransformerWeights weights;
  const at::Tensor logits =
      model.forward({within(batch.inputs, batch.lengths).unsqueeze(0), {}, read.unsqueeze(0), {}}, &weights)
          .logits;
  // Both end with a piece that is no text.
  const auto text = [&](const at::Tensor& numbers) {
    const auto* number = numbers.const_data_ptr<int64_t>();
    return task.units().decode({number, number + numbers.size(0) - 1});
  };

  TraceView view;
  view.kind = "translation";
  view.title = title;
  view.facts = {{"sentence", text(read)},
                {"translation", text(written)},
                {"pieces_read", pieces_text(task.units(), read)},
                {"pieces_written", pieces_text(task.units(), written)}};
  const auto layers = [&](const std::string& name, const std::vector<at::Tensor>& each,
                          const std::string& queries, const std::string& keys) {
    std::vector<at::Tensor> first;
    for (const auto& layer : each) first.push_back(layer[0]);
    view.arrays.push_back(
        trace_array(name, {"layer", "head", queries, keys}, at::stack(first), "probability"));
  };
  std::vector<at::Tensor> own, context;
  for (const BlockWeights& layer : weights.decoder) {
    own.push_back(layer.self);
    context.push_back(layer.context);
  }
  layers("context_weights", context, "written", "read");
  layers("encoder_weights", weights.encoder, "read", "read");
  layers("decoder_weights", own, "written", "written");
  const at::Tensor probability = at::softmax(logits[0], -1).gather(-1, written.unsqueeze(-1)).squeeze(-1);
  view.arrays.push_back(trace_array("piece_probability", {"written"}, probability, "probability"));
  return view;
}

}  // namespace mneme
