#include "mneme/report/figure.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <map>
#include <numeric>

#include "mneme/core/error.h"
#include "mneme/inspect/task_views.h"
#include "mneme/report/colours.h"

namespace mneme {
namespace {

constexpr double kLeft = 52, kGap = 88, kPanelWidth = 360, kTop = 34, kTitle = 20, kAxis = 36;

[[gnu::format(printf, 1, 2)]] std::string text_of(const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return text;
}

/// A matrix [rows, steps] inside an array: a row [steps], the whole of it, or the first head of
/// [head, rows, steps].
struct Matrix {
  const float* values;
  int64_t rows, steps;
  float at(int64_t row, int64_t step) const { return values[row * steps + step]; }
};

Matrix matrix_of(const TraceView& view, const std::string& name) {
  for (const TraceArray& array : view.arrays) {
    if (array.name != name) continue;
    const size_t axes = array.shape.size();
    return {array.values.data(), axes < 2 ? 1 : array.shape[axes - 2], array.shape.back()};
  }
  throw Error("figure_svg: view `" + view.title + "` has no array " + name);
}

std::vector<int64_t> all_rows(int64_t count) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

/// The locations that a weighting of either kind reaches, as one stretch round the circular memory, with two
/// to spare at each end.
std::vector<int64_t> used_rows(const Matrix& one, const Matrix& other) {
  std::vector<int64_t> used;
  for (int64_t row = 0; row < one.rows; ++row)
    for (const Matrix& matrix : {one, other})
      if (std::any_of(matrix.values + row * matrix.steps, matrix.values + (row + 1) * matrix.steps,
                      [](float weight) { return weight > 0.1f; }) &&
          (used.empty() || used.back() != row))
        used.push_back(row);
  if (used.empty()) return all_rows(one.rows);
  const int64_t first = start_of_used(used, one.rows);
  int64_t reach = 0;  // from the first used location to the last
  for (const int64_t row : used) reach = std::max(reach, (row - first + one.rows) % one.rows);
  std::vector<int64_t> rows;
  for (int64_t i = -2; i <= reach + 2 && static_cast<int64_t>(rows.size()) < one.rows; ++i)
    rows.push_back((first + i + one.rows) % one.rows);
  return rows;
}

struct Scale {
  const Ramp* ramp;
  double low, high;
  size_t index(double value) const {
    return static_cast<size_t>(std::lround(std::clamp((value - low) / (high - low), 0.0, 1.0) * 63)) * 255 /
           63;
  }
};

/// Inputs are `clipped` to 1: a number among bits, such as a count of repeats, must not hide the bits.
Scale scale_of(const Matrix& matrix, bool clipped) {
  const auto [low, high] = std::minmax_element(matrix.values, matrix.values + matrix.rows * matrix.steps);
  const double size = clipped ? 1 : std::max(-*low, *high);
  if (*low >= 0) return {&sequential_ramp(), 0, std::max(1.0, size)};
  return {&diverging_ramp(), -size, size};
}

/// One path a colour, one rectangle a stretch of equal colour: small, and sharp without images.
std::string map_paths(const Matrix& matrix, const std::vector<int64_t>& rows, const Scale& scale) {
  std::map<size_t, std::string> paths;
  for (size_t at = 0; at < rows.size(); ++at) {
    const int64_t row = rows[at];
    for (int64_t start = 0, end = 0; start < matrix.steps; start = end) {
      const size_t colour = scale.index(matrix.at(row, start));
      for (end = start + 1; end < matrix.steps && scale.index(matrix.at(row, end)) == colour;) ++end;
      paths[colour] += text_of("M%d %dh%dv1h-%dz", static_cast<int>(start), static_cast<int>(at),
                               static_cast<int>(end - start), static_cast<int>(end - start));
    }
  }
  std::string svg;
  for (const auto& [colour, path] : paths)
    svg += "<path fill=\"" + (*scale.ramp)[colour].hex() + "\" d=\"" + path + "\"/>\n";
  return svg;
}

std::string colour_bar(double x, double y, double height, const Scale& scale) {
  constexpr int kSteps = 32;
  std::string svg;
  for (int i = 0; i < kSteps; ++i)
    svg += text_of("<rect x=\"%.1f\" y=\"%.2f\" width=\"9\" height=\"%.2f\" fill=\"%s\"/>\n", x,
                   y + height * i / kSteps, height / kSteps + 0.3,
                   (*scale.ramp)[255 - 255 * i / (kSteps - 1)].hex().c_str());
  svg += text_of("<text x=\"%.1f\" y=\"%.1f\">%.2g</text>\n", x + 13, y + 9, scale.high);
  svg += text_of("<text x=\"%.1f\" y=\"%.1f\">%.2g</text>\n", x + 13, y + height, scale.low);
  return svg;
}

struct Panel {
  const char *title, *row_word;
  Matrix matrix;
  Scale scale;
  std::vector<int64_t> rows;  ///< those drawn, top to bottom
};

std::string draw_panel(const Panel& panel, double x, double y, double height, bool time_axis) {
  const Matrix& matrix = panel.matrix;
  const double cell = kPanelWidth / matrix.steps, row_height = height / panel.rows.size();
  std::string svg = text_of("<text x=\"%.1f\" y=\"%.1f\" class=\"title\">%s</text>\n", x, y - 6, panel.title);
  svg += text_of("<g transform=\"translate(%.1f %.1f) scale(%.5f %.5f)\" shape-rendering=\"crispEdges\">\n",
                 x, y, cell, row_height);
  svg += map_paths(matrix, panel.rows, panel.scale) + "</g>\n";
  svg += text_of("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"frame\"/>\n", x, y,
                 kPanelWidth, height);
  svg += text_of("<text transform=\"translate(%.1f %.1f) rotate(-90)\" text-anchor=\"middle\">%s</text>\n",
                 x - 28, y + height / 2, panel.row_word);
  const int64_t every = panel.rows.size() > 60 ? 20 : panel.rows.size() > 24 ? 10 : 5;
  for (size_t at = 0; at < panel.rows.size(); ++at)
    if (panel.rows[at] % every == 0)
      svg += text_of("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%d</text>\n", x - 5,
                     y + (at + 0.5) * row_height + 4, static_cast<int>(panel.rows[at]));
  svg += colour_bar(x + kPanelWidth + 8, y, height, panel.scale);
  if (!time_axis) return svg;
  const int64_t tick = matrix.steps > 150 ? 50 : matrix.steps > 50 ? 20 : matrix.steps > 20 ? 10 : 5;
  for (int64_t step = tick; step <= matrix.steps; step += tick)
    svg += text_of("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%d</text>\n", x + (step - 0.5) * cell,
                   y + height + 15, static_cast<int>(step));
  svg += text_of("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">step</text>\n", x + kPanelWidth / 2,
                 y + height + 31);
  return svg;
}

/// Pales the steps of a panel where no answer is due: what a model puts out there means nothing.
std::string veil(const Matrix& due, double x, double y, double height) {
  const double cell = kPanelWidth / due.steps;
  std::string svg;
  for (int64_t start = 0, end = 0; start < due.steps; start = end) {
    for (end = start + 1; end < due.steps && due.at(0, end) == due.at(0, start);) ++end;
    if (due.at(0, start) == 0)
      svg += text_of(
          "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#ffffff\" "
          "fill-opacity=\"0.62\"/>\n",
          x + start * cell, y, (end - start) * cell, height);
  }
  return svg;
}

}  // namespace

std::string figure_svg(const TraceView& view) {
  if (view.kind != "ntm-episode")
    throw Error("figure_svg: view `" + view.title + "` is of kind " + view.kind + ", expected ntm-episode");
  const auto panel = [&](const char* title, const char* row_word, const std::string& name) {
    const Matrix matrix = matrix_of(view, name);
    return Panel{title, row_word, matrix, scale_of(matrix, name == "inputs"), all_rows(matrix.rows)};
  };
  std::vector<std::vector<Panel>> rows = {
      {panel("Inputs", "channel", "inputs"), panel("Outputs", "output", "outputs")},
      {panel("Adds", "element", "adds"), panel("Reads", "element", "reads")},
      {panel("Write weightings", "location", "write_weights"),
       panel("Read weightings", "location", "read_weights")},
  };
  const auto locations = used_rows(rows[2][0].matrix, rows[2][1].matrix);
  for (Panel& weighting : rows[2]) weighting.rows = locations;

  const double heights[] = {96, 130, std::clamp(7.0 * locations.size(), 130.0, 300.0)};
  const double width = kLeft + 2 * (kPanelWidth + kGap);
  std::string body;
  double y = kTop;
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t column = 0; column < 2; ++column)
      body += draw_panel(rows[row][column], kLeft + column * (kPanelWidth + kGap), y, heights[row],
                         row + 1 == rows.size());
    if (row == 0) body += veil(matrix_of(view, "answer_due"), kLeft + kPanelWidth + kGap, y, heights[row]);
    y += heights[row] + kTitle + 12;
  }
  y += kAxis - kTitle - 12;
  return text_of(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
             "height=\"%.0f\" "
             "role=\"img\" aria-label=\"Inputs, outputs, adds, reads and weightings over time\">\n",
             width, y, width, y) +
         "<style>text{font:11px system-ui,'Liberation Sans',Arial,sans-serif;fill:#57606a}"
         ".title{font-size:13px;font-weight:600;fill:#1b1f24}.frame{fill:none;stroke:#d5d9df}</style>\n" +
         "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" + body + "</svg>\n";
}

}  // namespace mneme
