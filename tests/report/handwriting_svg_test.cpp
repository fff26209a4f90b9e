#include "mneme/report/handwriting_svg.h"

#include <gtest/gtest.h>

#include <string>

#include "mneme/core/error.h"

namespace mneme {
namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(HandwritingSvg, DrawsOnePathAStrokeAndADotForASinglePoint) {
  TraceView view{"handwriting", "A & <b>", {}, {}};
  view.arrays.push_back({"pen", {"point", "part"}, {4, 3}, {0, 0, 0, 1, -1, 1, 1, 0, 1, 1, 1, 1}, ""});
  const std::string svg = handwriting_svg(view);
  EXPECT_EQ(count(svg, "<path "), 3U);
  EXPECT_EQ(count(svg, "<animate "), 6U);
  EXPECT_NE(svg.find("<title>A &amp; &lt;b&gt;</title>"), std::string::npos);
  // 24 pixels for the height of an x.
  EXPECT_NE(svg.find("d=\"M 0.0 0.0C 4.0 -4.0 20.0 -20.0 24.0 -24.0\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("d=\"M 48.0 -24.0l 0.1 0.0\""), std::string::npos) << svg;
}

TEST(HandwritingSvg, RefusesAnotherView) {
  EXPECT_THROW(handwriting_svg({"episode", "Copy", {}, {}}), Error);
}

}  // namespace
}  // namespace mneme
