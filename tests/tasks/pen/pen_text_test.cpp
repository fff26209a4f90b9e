#include "mneme/tasks/pen/pen_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/temporary_folder.h"
#include "mneme/core/error.h"
#include "mneme/tasks/pen/pen_curve.h"
#include "mneme/tasks/pen/pen_words.h"
#include "mneme/tasks/pen/thinned_pen.h"

namespace mneme {
namespace {

PenText drawn(const std::string& text, bool joined, uint64_t seed = 1) {
  Random random(seed);
  Writer writer = draw_writer(random);
  writer.joined = joined;
  writer.lift = 0;
  return draw_text(text, writer, random);
}

bool same(const PenText& left, const PenText& right) {
  return std::ranges::equal(left.points, right.points, [](const PenPoint& a, const PenPoint& b) {
    return a.dx == b.dx && a.dy == b.dy && a.stroke_end == b.stroke_end && a.character == b.character &&
           a.delayed == b.delayed;
  });
}

TEST(PenText, IsTheSameFromTheSameSeedAndAnotherFromAnother) {
  EXPECT_TRUE(same(drawn("having", true), drawn("having", true)));
  EXPECT_FALSE(same(drawn("having", true), drawn("having", true, 2)));
  EXPECT_TRUE(same(draw_sample("having", true, 3), draw_sample("having", true, 3)));
}

TEST(PenText, WritesEveryCharacterThatItKnows) {
  for (const bool joined : {false, true}) {
    const std::string text(pen_characters());
    std::set<int32_t> seen;
    const PenText pen = drawn(text, joined);
    for (const PenPoint& point : pen.points) {
      seen.insert(point.character);
      EXPECT_TRUE(std::isfinite(point.dx) && std::isfinite(point.dy));
    }
    EXPECT_EQ(seen.size(), text.size() - 1) << "all but the space";
    EXPECT_EQ(pen.points.front().dx, 0);
    EXPECT_TRUE(pen.points.back().stroke_end);
  }
}

TEST(PenText, PutsTheDotOfAJoinedWordBehindTheWord) {
  const PenText pen = drawn("having fun", true);
  std::vector<int32_t> order;  // characters of the strokes' ends
  for (const PenPoint& point : pen.points)
    if (point.stroke_end) order.push_back(point.character);
  // "having" in one stroke, the dot of its i, "fun" in one stroke.
  EXPECT_EQ(order, (std::vector<int32_t>{5, 3, 9}));
  double x = 0, y = 0, dot_x = 0, dot_y = 0, body_x = 0, body_y = 0, g_x = 0;
  for (const PenPoint& point : pen.points) {
    x += point.dx;
    y += point.dy;
    EXPECT_EQ(point.delayed, point.character == 3 && point.delayed);
    if (point.character == 3 && point.delayed) std::tie(dot_x, dot_y) = std::pair(x, y);
    if (point.character == 3 && !point.delayed) std::tie(body_x, body_y) = std::pair(x, y);
    if (point.character == 5) g_x = x;
  }
  EXPECT_LT(dot_y, body_y - 1) << "above the stem";
  EXPECT_LT(dot_x, g_x) << "the pen goes back for it";
}

TEST(PenText, LiftsThePenAfterEveryPrintedLetter) {
  const PenText pen = drawn("loop", false);
  EXPECT_EQ(std::ranges::count_if(pen.points, &PenPoint::stroke_end), 4);
}

TEST(PenText, RefusesWhatItCannotWrite) {
  EXPECT_EQ(test::error_text<UsageError>([] { drawn("a{b}c{", true); }),
            "draw_text: text has the characters `{}`, expected only letters, digits, space and .,'\"-!?;:()");
  EXPECT_EQ(test::error_text<UsageError>([] { drawn("  ", true); }),
            "draw_text: text is \"  \", expected something to write");
}

TEST(PenCurve, GoesThroughItsPointsAndIsStraightBetweenCorners) {
  const std::vector<CurvePoint> points = {
      {0, 0, true}, {1, 0, true}, {1, 2, false}, {3, 2, false}, {3, 0, true}};
  const auto curve = smooth_curve(points);
  for (const CurvePoint& point : points)
    EXPECT_TRUE(std::ranges::any_of(
        curve, [&](const CurvePoint& at) { return std::hypot(at.x - point.x, at.y - point.y) < 1e-12; }));
  for (const CurvePoint& at : curve) {
    if (at.x == 1 && at.y == 0) break;
    EXPECT_EQ(at.y, 0);
  }
}

TEST(PenCurve, SlowsDownInCurves) {
  std::vector<CurvePoint> line, circle;
  for (int i = 0; i <= 600; ++i) {
    line.push_back({0.02 * i, 0});
    circle.push_back({0.5 * std::cos(0.04 * i), 0.5 * std::sin(0.04 * i)});
  }
  const PenSpeed pen{0.4, 0.33};
  const auto step = [](const std::vector<CurvePoint>& points) {
    const size_t middle = points.size() / 2;
    return std::hypot(points[middle + 1].x - points[middle].x, points[middle + 1].y - points[middle].y);
  };
  EXPECT_NEAR(step(sampled_in_time(line, pen)), 0.4, 0.01);
  // Curvature 2: the speed falls by 3^-0.33; a chord is a little shorter than its arc.
  EXPECT_NEAR(step(sampled_in_time(circle, pen)), 0.4 * std::pow(3, -0.33), 0.02);
  EXPECT_EQ(sampled_in_time(line, pen).back().x, line.back().x);
}

TEST(ThinnedPen, KeepsTheTraceWithinItsToleranceAndTheEndsOfStrokes) {
  const PenText pen = drawn("thinned", true);
  const ThinnedPen thin = thinned(pen, 0.06);
  EXPECT_LT(thin.pen.points.size(), 0.8 * static_cast<double>(pen.points.size()));
  EXPECT_EQ(std::ranges::count_if(thin.pen.points, &PenPoint::stroke_end),
            std::ranges::count_if(pen.points, &PenPoint::stroke_end));
  double moments = 0, x = 0, y = 0;
  for (size_t i = 0; i < thin.moments.size(); ++i) moments += static_cast<double>(thin.moments[i]);
  EXPECT_EQ(moments, static_cast<double>(pen.points.size() - 1));
  for (const PenPoint& point : pen.points) x += point.dx, y += point.dy;
  for (const PenPoint& point : thin.pen.points) x -= point.dx, y -= point.dy;
  EXPECT_NEAR(x, 0, 1e-4);
  EXPECT_NEAR(y, 0, 1e-4);
}

TEST(ThinnedPen, LeavesOutWhatIsOnALine) {
  PenText pen{"-", {{0, 0}, {1, 0}, {1, 0}, {1, 1, true}, {-1, 0, true}}};
  const ThinnedPen thin = thinned(pen, 0.01);
  ASSERT_EQ(thin.pen.points.size(), 4U);
  EXPECT_EQ(thin.pen.points[1].dx, 2);
  EXPECT_EQ(thin.moments, (std::vector<float>{0, 2, 1, 1}));
}

TEST(PenWords, AreOfWritableCharactersAndShortEnough) {
  Random random(1);
  for (int i = 0; i < 500; ++i) {
    const std::string line = draw_line(30, random), word = draw_word(random);
    EXPECT_FALSE(line.empty());
    EXPECT_LE(line.size(), 30U);
    EXPECT_EQ((line + word).find_first_not_of(pen_characters()), std::string::npos) << line << " " << word;
    EXPECT_EQ(word.find(' '), std::string::npos);
  }
  EXPECT_GE(common_words().size(), 300U);
}

}  // namespace
}  // namespace mneme
