#include "mneme/tasks/pen/thinned_pen.h"

#include <algorithm>
#include <cmath>

namespace mneme {
namespace {

struct Spot {
  double x, y;
};

double distance_to_line(const Spot& point, const Spot& from, const Spot& to) {
  const double x = to.x - from.x, y = to.y - from.y, length = std::hypot(x, y);
  const double along =
      length == 0
          ? 0
          : std::clamp(((point.x - from.x) * x + (point.y - from.y) * y) / (length * length), 0.0, 1.0);
  return std::hypot(point.x - from.x - along * x, point.y - from.y - along * y);
}

void mark_kept(const std::vector<Spot>& places, size_t first, size_t last, double tolerance,
               std::vector<bool>& kept) {
  kept[first] = kept[last] = true;
  double farthest = tolerance;
  size_t at = 0;
  for (size_t i = first + 1; i < last; ++i) {
    const double away = distance_to_line(places[i], places[first], places[last]);
    if (away <= farthest) continue;
    farthest = away;
    at = i;
  }
  if (at == 0) return;
  mark_kept(places, first, at, tolerance, kept);
  mark_kept(places, at, last, tolerance, kept);
}

}  // namespace

ThinnedPen thinned(const PenText& pen, double tolerance) {
  const size_t count = pen.points.size();
  std::vector<Spot> places(count);
  Spot at{0, 0};
  for (size_t i = 0; i < count; ++i) places[i] = at = {at.x + pen.points[i].dx, at.y + pen.points[i].dy};
  std::vector<bool> kept(count, false);
  for (size_t first = 0; first < count;) {
    size_t last = first;
    while (last + 1 < count && !pen.points[last].stroke_end) ++last;
    mark_kept(places, first, last, tolerance, kept);
    first = last + 1;
  }
  ThinnedPen result{{pen.text, {}}, {}};
  size_t before = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!kept[i]) continue;
    PenPoint point = pen.points[i];
    point.dx = static_cast<float>(places[i].x - places[before].x);
    point.dy = static_cast<float>(places[i].y - places[before].y);
    result.pen.points.push_back(point);
    result.moments.push_back(static_cast<float>(i - before));
    before = i;
  }
  return result;
}

}  // namespace mneme
