#include "mneme/tasks/pen/pen_curve.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace mneme {
namespace {

constexpr double kFineStep = 0.03;      // between the points of a smooth curve
constexpr double kBendReach = 0.1;      // curvature is measured over this way to both sides
constexpr double kStartShare = 0.4;     // of the speed when the pen comes down and before it is lifted
constexpr double kStartReach = 0.35;    // way over which it speeds up

double distance(const CurvePoint& a, const CurvePoint& b) {
  return std::hypot(b.x - a.x, b.y - a.y);
}

struct Tangent {
  double x, y;
};

/// For the curve parameter that runs with the root of the distance; `before` and `after` are those roots.
Tangent tangent_at(const CurvePoint& previous, const CurvePoint& here, const CurvePoint& next, double before,
                   double after) {
  const auto along = [&](double p, double h, double n) {
    return ((h - p) / before * after + (n - h) / after * before) / (before + after);
  };
  return {along(previous.x, here.x, next.x), along(previous.y, here.y, next.y)};
}

/// Angle by which the way turns at a point, from 0 to π, between the points of kBendReach before and behind it.
double turn_at(const std::vector<CurvePoint>& curve, const std::vector<double>& way, size_t at) {
  size_t before = at, after = at;
  while (before > 0 && way[at] - way[before] < kBendReach) --before;
  while (after + 1 < curve.size() && way[after] - way[at] < kBendReach) ++after;
  if (before == at || after == at) return 0;
  const double in = std::atan2(curve[at].y - curve[before].y, curve[at].x - curve[before].x);
  const double out = std::atan2(curve[after].y - curve[at].y, curve[after].x - curve[at].x);
  return std::abs(std::remainder(out - in, 2 * std::numbers::pi));
}

}  // namespace

std::vector<CurvePoint> smooth_curve(const std::vector<CurvePoint>& through) {
  std::vector<CurvePoint> points;  // no two neighbours in one place
  for (const CurvePoint& point : through)
    if (points.empty() || distance(points.back(), point) > 1e-6) points.push_back(point);
  const size_t count = points.size();
  if (count < 2) return points;
  std::vector<double> root(count - 1);
  for (size_t i = 0; i + 1 < count; ++i) root[i] = std::sqrt(distance(points[i], points[i + 1]));

  const auto is_corner = [&](size_t i) { return i == 0 || i + 1 == count || points[i].corner; };
  const auto inner = [&](size_t i) {
    return tangent_at(points[i - 1], points[i], points[i + 1], root[i - 1], root[i]);
  };
  std::vector<CurvePoint> curve = {points.front()};
  for (size_t i = 0; i + 1 < count; ++i) {
    const CurvePoint &from = points[i], &to = points[i + 1];
    const Tangent chord{(to.x - from.x) / root[i], (to.y - from.y) / root[i]};
    // At a corner the curve leaves as the parabola through its inner neighbour would, or straight.
    const auto end_tangent = [&](bool at_start) {
      const bool other_corner = is_corner(at_start ? i + 1 : i);
      if (other_corner) return chord;
      const Tangent other = inner(at_start ? i + 1 : i);
      return Tangent{1.5 * chord.x - 0.5 * other.x, 1.5 * chord.y - 0.5 * other.y};
    };
    const Tangent start = is_corner(i) ? end_tangent(true) : inner(i);
    const Tangent end = is_corner(i + 1) ? end_tangent(false) : inner(i + 1);
    const int pieces = std::max(1, static_cast<int>(std::ceil(distance(from, to) / kFineStep)));
    for (int piece = 1; piece <= pieces; ++piece) {
      const double s = static_cast<double>(piece) / pieces;
      // Hermite's cubic between two points with their tangents.
      const double a = (1 + 2 * s) * (1 - s) * (1 - s), b = s * (1 - s) * (1 - s) * root[i];
      const double c = s * s * (3 - 2 * s), d = s * s * (s - 1) * root[i];
      curve.push_back({a * from.x + b * start.x + c * to.x + d * end.x,
                       a * from.y + b * start.y + c * to.y + d * end.y, piece == pieces && to.corner, to.character});
    }
  }
  return curve;
}

std::vector<CurvePoint> sampled_in_time(const std::vector<CurvePoint>& curve, const PenSpeed& pen) {
  if (curve.size() < 2) return curve;
  std::vector<double> way(curve.size(), 0);
  for (size_t i = 1; i < curve.size(); ++i) way[i] = way[i - 1] + distance(curve[i - 1], curve[i]);

  std::vector<CurvePoint> points = {curve.front()};
  std::vector<double> time(curve.size(), 0);
  for (size_t i = 1; i < curve.size(); ++i) {
    const double curvature = turn_at(curve, way, i) / kBendReach;
    const double from_end = std::min(way[i], way.back() - way[i]) / kStartReach;
    const double start = std::min(1.0, kStartShare + (1 - kStartShare) * from_end);
    const double speed = pen.speed * start * std::pow(1 + curvature, -pen.slowing);
    time[i] = time[i - 1] + (way[i] - way[i - 1]) / speed;
  }
  // The curve takes a whole number of moments, so that the last point is its end.
  const double moments = std::max(1.0, std::round(time.back()));
  const double scale = moments / time.back();
  size_t at = 0;
  for (int moment = 1; moment < static_cast<int>(moments); ++moment) {
    while (time[at + 1] * scale < moment) ++at;
    const double share = (moment / scale - time[at]) / (time[at + 1] - time[at]);
    const CurvePoint &from = curve[at], &to = curve[at + 1];
    points.push_back({from.x + share * (to.x - from.x), from.y + share * (to.y - from.y), false, to.character});
  }
  points.push_back(curve.back());
  return points;
}

}  // namespace mneme
