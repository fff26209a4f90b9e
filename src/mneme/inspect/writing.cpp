#include "mneme/inspect/writing.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "mneme/core/figure_text.h"
#include "mneme/inspect/trace_arrays.h"

namespace mneme {
namespace {

constexpr auto kPrimeText = "about this and that";
constexpr int64_t kPointsPerCharacter = 40, kPointsWithoutText = 700;
constexpr double kCell = 0.06;    // of the density, in heights of an x
constexpr double kMargin = 1;     // round the line, likewise
constexpr double kReach = 4;      // deviations of a component that are drawn

WritingRequest request_of(const HandwritingImpl& model, const HandwritingTask& task, const WritingWish& wish) {
  WritingRequest request{.random = Seed(wish.seed).stream("writing"), .longest = wish.longest};
  const bool window = model.tokens() > 0;
  if (window && wish.text.empty()) throw UsageError("this net writes a text, none was given");
  if (!window && !wish.text.empty())
    throw UsageError("this net writes without a text, `" + wish.text + "` was given");
  if (window) request.text = character_numbers(wish.text);
  if (wish.longest == 0)
    request.longest = window ? kPointsPerCharacter * static_cast<int64_t>(request.text.size()) : kPointsWithoutText;
  if (!wish.style) return request;
  Random hand = Seed(static_cast<uint64_t>(*wish.style)).stream("style");
  const PenText shown = task.line_of(*wish.style, kPrimeText, hand);
  const Batch batch = HandwritingTask::batch_of({shown});
  request.prime = torch::cat({batch.inputs[0], batch.targets[0].narrow(0, batch.targets.size(1) - 1, 1)});
  if (window) request.prime_text = character_numbers(shown.text + " ");
  return request;
}

at::Tensor points_of(const WrittenLine& line) {
  auto points = torch::empty({static_cast<int64_t>(line.points.size()), 3});
  float* value = points.mutable_data_ptr<float>();
  for (const DrawnPoint& point : line.points) {
    *value++ = point.dx;
    *value++ = point.dy;
    *value++ = point.stroke_end ? 1.0f : 0.0f;
  }
  return points;
}

/// `points` in the model's units to heights of an x.
at::Tensor in_heights(const at::Tensor& points) {
  return points * torch::tensor({1 / kPenScale, 1 / kPenScale, 1.0f});
}

/// Probability over a grid of places.
class Density {
 public:
  /// Room for a pen that stays within these places, [points, 2] in heights of an x.
  explicit Density(const at::Tensor& places) {
    for (int64_t axis = 0; axis < 2; ++axis) {
      const auto along = places.select(1, axis);
      low_[axis] = std::min(0.0, along.min().item<double>()) - kMargin;
      high_[axis] = std::max(0.0, along.max().item<double>()) + kMargin;
      cells_[axis] = static_cast<int64_t>(std::ceil((high_[axis] - low_[axis]) / kCell));
    }
    values_ = torch::zeros({cells_[1], cells_[0]});
  }

  /// Adds a component seen from a place. A cell is no smaller than the spread that it shows.
  void add(double weight, const double* mean, const double* deviation, double correlation) {
    const double floor = kCell * kCell / 4;
    const double x = std::sqrt(deviation[0] * deviation[0] + floor), y = std::sqrt(deviation[1] * deviation[1] + floor);
    const double rho = correlation * deviation[0] * deviation[1] / (x * y), rest = 1 - rho * rho;
    const double height = weight * kCell * kCell / (2 * std::numbers::pi * x * y * std::sqrt(rest));
    float* const value = values_.mutable_data_ptr<float>();
    for (int64_t row = cell(mean[1] - kReach * y, 1); row <= cell(mean[1] + kReach * y, 1); ++row)
      for (int64_t column = cell(mean[0] - kReach * x, 0); column <= cell(mean[0] + kReach * x, 0); ++column) {
        const double zx = (low_[0] + (static_cast<double>(column) + 0.5) * kCell - mean[0]) / x;
        const double zy = (low_[1] + (static_cast<double>(row) + 0.5) * kCell - mean[1]) / y;
        value[row * cells_[0] + column] +=
            static_cast<float>(height * std::exp(-(zx * zx - 2 * rho * zx * zy + zy * zy) / (2 * rest)));
      }
  }

  const at::Tensor& values() const { return values_; }
  at::Tensor box() const {
    return torch::tensor({low_[0], low_[1], low_[0] + static_cast<double>(cells_[0]) * kCell,
                          low_[1] + static_cast<double>(cells_[1]) * kCell});
  }

 private:
  int64_t cell(double place, int axis) const {
    return std::clamp<int64_t>(static_cast<int64_t>((place - low_[axis]) / kCell), 0, cells_[axis] - 1);
  }
  double low_[2], high_[2];
  int64_t cells_[2];
  at::Tensor values_;
};

/// `pen` in heights of an x.
Density density_of(const at::Tensor& pen, const at::Tensor& mixtures) {
  const auto places = pen.narrow(1, 0, 2).to(torch::kDouble).cumsum(0);  // after each point
  Density density(places);
  const auto mixture = pen_mixture(mixtures.to(torch::kDouble));
  const auto weights = mixture.weights.accessor<double, 2>(), correlations = mixture.correlations.accessor<double, 2>();
  const auto means = mixture.means.accessor<double, 3>(), deviations = mixture.deviations.accessor<double, 3>();
  const auto place = places.accessor<double, 2>();
  for (int64_t t = 0; t < places.size(0); ++t)
    for (int64_t j = 0; j < weights.size(1); ++j) {
      double mean[2], deviation[2];
      for (int64_t axis = 0; axis < 2; ++axis) {
        mean[axis] = (t > 0 ? place[t - 1][axis] : 0) + means[t][j][axis] / kPenScale;
        deviation[axis] = deviations[t][j][axis] / kPenScale;
      }
      density.add(weights[t][j], mean, deviation, correlations[t][j]);
    }
  return density;
}

}  // namespace

std::vector<WrittenLine> write_wishes(const HandwritingImpl& model, const HandwritingTask& task,
                                      const std::vector<WritingWish>& wishes) {
  std::vector<WritingRequest> requests;
  for (const WritingWish& wish : wishes) requests.push_back(request_of(model, task, wish));
  return write_lines(model, requests, wishes.empty() ? 0 : wishes.front().bias);
}

PenText pen_text_of(const std::string& text, const WrittenLine& line) {
  PenText written{text, {}};
  for (const DrawnPoint& point : line.points)
    written.points.push_back({point.dx / kPenScale, point.dy / kPenScale, point.stroke_end});
  return written;
}

TraceView handwriting_view(const std::string& title, const std::string& text, const at::Tensor& points,
                           const at::Tensor& mixtures, const at::Tensor& strengths) {
  TraceView view{"handwriting", title, {}, {}};
  const auto pen = in_heights(points);
  view.arrays.push_back(trace_array("pen", {"point", "part"}, pen));
  if (strengths.defined()) {
    view.arrays.push_back(trace_array("strengths", {"character", "point"}, strengths.t()));
    view.facts["text"] = text;
  }
  const Density density = density_of(pen, mixtures);
  view.arrays.push_back(trace_array("density", {"row", "column"}, density.values(), "probability"));
  view.arrays.push_back(trace_array("density_box", {"side"}, density.box()));
  view.facts["points"] = std::to_string(points.size(0));
  return view;
}

TraceView scored_line_view(const std::string& title, const Task& task, const Batch& batch, int64_t index,
                           const HandwritingRecord& record) {
  const int64_t points = batch.lengths[index].item<int64_t>();
  const auto first = [&](const at::Tensor& tensor) { return tensor[index].narrow(0, 0, points); };
  at::Tensor strengths;
  if (record.strengths.defined())
    strengths = first(record.strengths).narrow(1, 0, batch.context_lengths[index].item<int64_t>());
  const std::string written = task.print(batch, index);
  TraceView view = handwriting_view(title, written.substr(0, written.find('\n')), first(batch.targets),
                                    first(record.logits), strengths);
  Batch one = batch;
  one.targets = batch.targets.narrow(0, index, 1);
  one.mask = batch.mask.narrow(0, index, 1);
  for (const auto& [name, ratio] : task.score(one, record.logits.narrow(0, index, 1)).figures)
    view.facts[name] = figure_text(ratio.value());
  return view;
}

TraceView written_view(const std::string& title, const WritingWish& wish, const WrittenLine& line) {
  TraceView view = handwriting_view(title, wish.text, points_of(line), line.mixtures, line.strengths);
  view.facts["bias"] = figure_text(wish.bias);
  view.facts["seed"] = std::to_string(wish.seed);
  view.facts["style"] = wish.style ? std::to_string(*wish.style) : "any";
  if (line.strengths.defined()) view.facts["ended"] = line.finished ? "past the last character" : "at the longest line";
  return view;
}

TraceView lines_view(const std::string& title, const std::vector<std::string>& names,
                     const std::vector<WrittenLine>& lines) {
  TraceView view{"handwriting-lines", title, {}, {}};
  std::string all;
  for (size_t i = 0; i < lines.size(); ++i) {
    view.arrays.push_back(
        trace_array("pen " + std::to_string(i + 1), {"point", "part"}, in_heights(points_of(lines[i]))));
    all += (i == 0 ? "" : "|") + names[i];
  }
  view.facts["lines"] = all;
  return view;
}

}  // namespace mneme
