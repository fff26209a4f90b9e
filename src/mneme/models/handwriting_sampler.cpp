#include "mneme/models/handwriting_sampler.h"

#include <algorithm>

#include "mneme/core/error.h"

namespace mneme {

namespace {

/// One line on its way.
struct Line {
  const WritingRequest& request;
  Random random;
  int64_t primed;      // points of the prime
  int64_t first, end;  // characters of the text in the context
  WrittenLine written{};
  std::vector<at::Tensor> strengths{}, mixtures{};
  bool done = false;
};

HandwritingText text_of(const HandwritingImpl& model, const std::vector<Line>& lines) {
  if (model.tokens() == 0) return {};
  // One character more than the longest: whether the window has passed the end shows there.
  int64_t characters = 1;
  for (const Line& line : lines) characters = std::max(characters, line.end + 1);
  const auto batch = static_cast<int64_t>(lines.size());
  HandwritingText text{torch::zeros({batch, characters, model.tokens()}), torch::zeros({batch, characters}, torch::kBool)};
  for (int64_t b = 0; b < batch; ++b) {
    const Line& line = lines[static_cast<size_t>(b)];
    int64_t u = 0;
    for (const auto* part : {&line.request.prime_text, &line.request.text})
      for (const int64_t number : *part) {
        if (number < 0 || number >= model.tokens())
          throw Error("write_lines: a text has the number " + std::to_string(number) + ", expected 0 to below " +
                      std::to_string(model.tokens()));
        text.characters[b][u++][number] = 1;
      }
    text.mask[b].narrow(0, 0, u).fill_(true);
  }
  return text;
}

/// φ past the last character is above that of all characters.
bool passed_end(const HandwritingStep& step, const HandwritingText& text, int64_t index, int64_t end) {
  const auto one = [&](const at::Tensor& tensor) { return tensor.narrow(0, index, 1); };
  const WindowParameters window{one(step.window.importances), one(step.window.widths), {}, one(step.window.positions)};
  const auto all = window_strengths(window, torch::ones({1, text.mask.size(1)}, torch::kBool))[0];
  return all[end].item<float>() > all.narrow(0, 0, end).max().item<float>();
}

}  // namespace

std::vector<WrittenLine> write_lines(const HandwritingImpl& model, const std::vector<WritingRequest>& requests,
                                     double bias) {
  torch::NoGradGuard no_grad;
  std::vector<Line> lines;
  int64_t longest = 0;
  for (const WritingRequest& request : requests) {
    const int64_t primed = request.prime.defined() ? request.prime.size(0) : 0;
    const auto first = static_cast<int64_t>(request.prime_text.size());
    lines.push_back({request, request.random, primed, first, first + static_cast<int64_t>(request.text.size())});
    longest = std::max(longest, primed + request.longest);
  }
  if (lines.empty()) return {};
  const auto batch = static_cast<int64_t>(lines.size());
  const HandwritingText text = text_of(model, lines);
  HandwritingState state = model.initial_state(batch);
  auto input = torch::zeros({batch, 3});  // the pen is where the line begins
  for (int64_t t = 0; t < longest; ++t) {
    float* const pen = input.mutable_data_ptr<float>();
    for (int64_t b = 0; b < batch; ++b)
      if (const Line& line = lines[static_cast<size_t>(b)]; t < line.primed)
        for (int64_t part = 0; part < 3; ++part) pen[b * 3 + part] = line.request.prime[t][part].item<float>();
    const HandwritingStep step = model.step(input, state, text);
    state = step.state;
    bool all_done = true;
    for (int64_t b = 0; b < batch; ++b) {
      Line& line = lines[static_cast<size_t>(b)];
      if (t + 1 < line.primed) all_done = false;
      if (t + 1 < line.primed || line.done) continue;
      const DrawnPoint point = draw_point(step.mixture[b], bias, line.random);
      pen[b * 3] = point.dx;
      pen[b * 3 + 1] = point.dy;
      pen[b * 3 + 2] = point.stroke_end ? 1.0f : 0.0f;
      const bool window = model.tokens() > 0;
      line.written.finished = window && point.stroke_end && passed_end(step, text, b, line.end);
      line.written.points.push_back(point);
      line.mixtures.push_back(step.mixture[b]);
      if (window) line.strengths.push_back(step.strengths[b].narrow(0, line.first, line.end - line.first));
      line.done = line.written.finished || static_cast<int64_t>(line.written.points.size()) >= line.request.longest;
      all_done = all_done && line.done;
    }
    if (all_done) break;
  }
  std::vector<WrittenLine> written;
  for (Line& line : lines) {
    line.written.mixtures = torch::stack(line.mixtures);
    if (!line.strengths.empty()) line.written.strengths = torch::stack(line.strengths);
    written.push_back(std::move(line.written));
  }
  return written;
}

}  // namespace mneme
