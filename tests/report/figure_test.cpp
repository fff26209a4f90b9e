#include "mneme/report/figure.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "mneme/core/error.h"
#include "report/canned_trace.h"

namespace mneme {
namespace {

TEST(Figure, DrawsTheSixPanelsOfThePaper) {
  const std::string svg = figure_svg(canned_trace().views.front());
  std::ofstream(std::filesystem::path(MNEME_BINARY_DIR) / "pages" / "figure.svg") << svg;
  for (const std::string title :
       {"Inputs", "Outputs", "Adds", "Reads", "Write weightings", "Read weightings"})
    EXPECT_NE(svg.find(">" + title + "</text>"), std::string::npos) << title;
  EXPECT_EQ(svg.find("<image"), std::string::npos);
  EXPECT_LT(svg.size(), 200'000u);
  EXPECT_EQ(svg, figure_svg(canned_trace().views.front()));
}

TEST(Figure, WritesOneRectangleForAStretchOfEqualValues) {
  const std::vector<float> bits = {1, 1, 0, 0, 0, 1};
  TraceView view{"ntm-episode", "t", {}, {}};
  for (const std::string name : {"inputs", "outputs"})
    view.arrays.push_back({name, {"row", "time"}, {1, 6}, bits, ""});
  view.arrays.push_back({"answer_due", {"time"}, {6}, bits, ""});
  for (const std::string name : {"adds", "reads", "write_weights", "read_weights"})
    view.arrays.push_back({name, {"head", "row", "time"}, {1, 1, 6}, bits, ""});
  const std::string svg = figure_svg(view);
  EXPECT_NE(svg.find("<path fill=\"#fde725\" d=\"M0 0h2v1h-2zM5 0h1v1h-1z\"/>"), std::string::npos);
  EXPECT_NE(svg.find("<path fill=\"#440154\" d=\"M2 0h3v1h-3z\"/>"), std::string::npos);
}

TEST(Figure, SaysWhatIsMissing) {
  const auto text_for = [](const TraceView& view) -> std::string {
    try {
      figure_svg(view);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(text_for({"episode", "Copy", {}, {}}),
            "figure_svg: view `Copy` is of kind episode, expected ntm-episode");
  EXPECT_EQ(text_for({"ntm-episode", "Copy", {}, {}}), "figure_svg: view `Copy` has no array inputs");
}

}  // namespace
}  // namespace mneme
