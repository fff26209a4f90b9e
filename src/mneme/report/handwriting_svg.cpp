#include "mneme/report/handwriting_svg.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "mneme/core/error.h"
#include "mneme/report/escaped.h"

namespace mneme {
namespace {

constexpr double kHeight = 24;             // pixels of an x
constexpr double kMargin = 1.2 * kHeight;  // round the line
constexpr double kPointsPerSecond = 50;    // of the drawing

struct Place {
  double x, y;
};
struct Stroke {
  std::vector<Place> places;
  size_t first = 0;  // its first point's number in the line
};

std::vector<Stroke> strokes_of(const TraceArray& pen) {
  std::vector<Stroke> strokes;
  double x = 0, y = 0;
  bool lifted = true;
  for (size_t t = 0; t < pen.values.size() / 3; ++t) {
    const float* const point = pen.values.data() + t * 3;
    x += static_cast<double>(point[0]) * kHeight;
    y += static_cast<double>(point[1]) * kHeight;
    if (lifted) strokes.push_back({{}, t});
    strokes.back().places.push_back({x, y});
    lifted = point[2] > 0.5f;
  }
  return strokes;
}

void append(std::string& text, const char* command, std::initializer_list<double> numbers) {
  text += command;
  char number[32];
  for (const double value : numbers) {
    std::snprintf(number, sizeof number, " %.1f", value);
    text += number;
  }
}

/// A smooth curve through the places: each piece leaves a place in the direction of its neighbours (Catmull and Rom).
std::string path_of(const std::vector<Place>& places) {
  std::string path;
  append(path, "M", {places[0].x, places[0].y});
  if (places.size() == 1) append(path, "l", {0.1, 0});  // a dot
  for (size_t i = 0; i + 1 < places.size(); ++i) {
    const Place &before = places[i > 0 ? i - 1 : 0], &from = places[i], &to = places[i + 1],
                &after = places[std::min(i + 2, places.size() - 1)];
    append(path, "C",
           {from.x + (to.x - before.x) / 6, from.y + (to.y - before.y) / 6, to.x - (after.x - from.x) / 6,
            to.y - (after.y - from.y) / 6, to.x, to.y});
  }
  return path;
}

}  // namespace

std::string handwriting_svg(const TraceView& view) {
  const auto pen = std::ranges::find(view.arrays, "pen", &TraceArray::name);
  if (view.kind != "handwriting" || pen == view.arrays.end())
    throw Error("handwriting_svg: view `" + view.title + "` is of kind " + view.kind + ", expected handwriting");
  const std::vector<Stroke> strokes = strokes_of(*pen);
  Place low{0, 0}, high{0, 0};
  for (const Stroke& stroke : strokes)
    for (const Place& place : stroke.places) {
      low = {std::min(low.x, place.x), std::min(low.y, place.y)};
      high = {std::max(high.x, place.x), std::max(high.y, place.y)};
    }
  char text[512];
  const double width = high.x - low.x + 2 * kMargin, height = high.y - low.y + 2 * kMargin;
  std::snprintf(text, sizeof text,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"%.1f %.1f %.1f "
                "%.1f\" role=\"img\">\n",
                width, height, low.x - kMargin, low.y - kMargin, width, height);
  std::string svg = text;
  svg += "<title>" + escaped(view.title) + "</title>\n";
  std::snprintf(text, sizeof text, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#fff\"/>\n",
                low.x - kMargin, low.y - kMargin, width, height);
  svg += text;
  svg +=
      "<g fill=\"none\" stroke=\"#111\" stroke-width=\"1.8\" stroke-linecap=\"round\" stroke-linejoin=\"round\">\n";
  const double points = std::max<double>(1, static_cast<double>(pen->values.size() / 3));
  for (const Stroke& stroke : strokes) {
    const auto first = static_cast<double>(stroke.first), count = static_cast<double>(stroke.places.size());
    // The dash hides the stroke until its turn; one that draws no animation shows it.
    std::snprintf(text, sizeof text,
                  "\" pathLength=\"1\" stroke-dasharray=\"1 1\"><animate attributeName=\"stroke-dashoffset\" "
                  "values=\"1;1;0;0\" keyTimes=\"0;%.4f;%.4f;1\" dur=\"%.2fs\"/><animate attributeName=\"opacity\" "
                  "values=\"0;1;1\" keyTimes=\"0;%.4f;1\" calcMode=\"discrete\" dur=\"%.2fs\"/></path>\n",
                  first / points, std::min(1.0, (first + count) / points), points / kPointsPerSecond, first / points,
                  points / kPointsPerSecond);
    svg += "<path d=\"" + path_of(stroke.places) + text;
  }
  return svg + "</g>\n</svg>\n";
}

}  // namespace mneme
