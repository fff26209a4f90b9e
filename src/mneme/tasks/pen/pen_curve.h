// A smooth curve through points, and the points that a pen leaves on it at equal times.
#pragma once

#include <cstdint>
#include <vector>

namespace mneme {

struct CurvePoint {
  double x, y;
  bool corner = false;    ///< the direction changes at once
  int32_t character = 0;  ///< of the way that leads to this point
};

/// Points on the curve, close to each other. Between corners the tangent is that of the parabola through a point
/// and its neighbours over the roots of their distances (a centripetal Catmull-Rom curve); between two corners the
/// curve is straight. A single point stays one.
std::vector<CurvePoint> smooth_curve(const std::vector<CurvePoint>& through);

struct PenSpeed {
  double speed;    ///< from one moment to the next where the curve is straight
  double slowing;  ///< the speed falls with (1 + curvature)^-slowing
};

/// Where the pen is at times 0, 1, 2, …, on a smooth curve; it starts and stops slowly. The first and the last
/// point are those of the curve.
std::vector<CurvePoint> sampled_in_time(const std::vector<CurvePoint>& curve, const PenSpeed& pen);

}  // namespace mneme
