#include "mneme/inspect/writing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "mneme/core/error.h"
#include "mneme/inspect/inspect.h"
#include "mneme/inspect/trace_arrays.h"

namespace mneme {
namespace {

Settings small_task() {
  return {{"mixtures", {int64_t{3}, "test"}}, {"longest", {int64_t{12}, "test"}}};
}

Handwriting small_net(const HandwritingTask& task, bool window = true) {
  HandwritingOptions options;
  options.hidden = 8;
  options.layers = 2;
  options.gaussians = 2;
  options.window = window;
  options.start_advance = 0.2;
  Random random(1);
  const auto sizes = task.sizes();
  return Handwriting(options, ModelSizes{sizes.features, sizes.outputs, 0, sizes.context_tokens}, random);
}

void expect_same_points(const WrittenLine& one, const WrittenLine& other) {
  ASSERT_EQ(one.points.size(), other.points.size());
  for (size_t t = 0; t < one.points.size(); ++t) {
    // Products of other batches add up in another order.
    EXPECT_NEAR(one.points[t].dx, other.points[t].dx, 1e-3);
    EXPECT_NEAR(one.points[t].dy, other.points[t].dy, 1e-3);
  }
}

TEST(WriteWishes, ALineDependsOnItsSeedAndStyleAndNotOnTheOthers) {
  const HandwritingTask task(small_task());
  const auto net = small_net(task);
  const WritingWish wish{.text = "Ab c", .seed = 4, .longest = 15};
  WritingWish styled = wish, longer = wish;
  styled.style = 3;
  longer.text = "A longer text";
  const auto alone = write_wishes(*net, task, {wish});
  const auto together = write_wishes(*net, task, {longer, styled, wish});
  expect_same_points(together[2], alone[0]);
  EXPECT_NE(together[1].points[0].dx, alone[0].points[0].dx);
  for (const WrittenLine& line : together) EXPECT_LE(line.points.size(), 15U);
}

TEST(WriteWishes, StopsWhereTheWindowHasPassedTheText) {
  const HandwritingTask task(small_task());
  const auto net = small_net(task);
  {
    torch::NoGradGuard no_grad;  // a narrow window that goes 0.4 characters a step; a pen that is always lifted
    const auto parameters = net->named_parameters();
    parameters["window.weight"].zero_();
    parameters["window.bias"].narrow(0, 2, 2).fill_(std::log(8.0));
    parameters["window.bias"].narrow(0, 4, 2).fill_(std::log(0.4));
    parameters["output.bias"][0] = -50;
  }
  const auto line = write_wishes(*net, task, {{.text = "abcde", .longest = 100}}).front();
  EXPECT_TRUE(line.finished);
  EXPECT_EQ(line.points.size(), 14U);  // where it stands at 5.6, nearer to 6 than to 5
}

TEST(WriteWishes, SaysWhatCannotBeWritten) {
  const HandwritingTask task(small_task());
  const auto net = small_net(task), free = small_net(task, false);
  EXPECT_THROW(write_wishes(*net, task, {{.text = "a#b"}}), UsageError);
  EXPECT_THROW(write_wishes(*net, task, {{.text = ""}}), UsageError);
  EXPECT_THROW(write_wishes(*free, task, {{.text = "a"}}), UsageError);
  EXPECT_EQ(write_wishes(*free, task, {{.text = "", .longest = 9}}).front().points.size(), 9U);
}

TEST(HandwritingView, HoldsThePenAndADensityOfOneForEachPoint) {
  // Sharp components, so that all of the density falls into the box.
  auto mixtures = torch::zeros({3, 7});
  mixtures.narrow(1, 4, 2).fill_(-1.5);
  const auto points = torch::tensor({{2.5f, 0.f, 0.f}, {2.5f, -2.5f, 1.f}, {5.f, 2.5f, 1.f}});
  const auto view = handwriting_view("Line", "ab", points, mixtures, torch::tensor({{1.f, 0.f}, {1.f, 0.f}, {0.f, 2.f}}));
  EXPECT_EQ(array_of(view, "pen").values, (std::vector<float>{1, 0, 0, 1, -1, 1, 2, 1, 1}));
  EXPECT_EQ(array_of(view, "strengths").values, (std::vector<float>{1, 1, 0, 0, 0, 2}));
  const auto& density = array_of(view, "density");
  EXPECT_NEAR(std::accumulate(density.values.begin(), density.values.end(), 0.0), 3, 0.01);
  const auto& box = array_of(view, "density_box").values;
  // Around every place that the pen comes to, in heights of an x.
  EXPECT_LE(box[0], -0.9f);
  EXPECT_LE(box[1], -1.9f);
  EXPECT_GE(box[2], 4.9f);
  EXPECT_GE(box[3], 0.9f);
  EXPECT_EQ(view.facts.at("text"), "ab");
}

TEST(InspectModel, ShowsALineOfTheTestWithTheNetsExpectations) {
  const HandwritingTask task(small_task());
  auto net = small_net(task);
  const auto trace = inspect_model(*net, task);
  ASSERT_EQ(trace.views.size(), 1U);
  EXPECT_EQ(trace.views[0].kind, "handwriting");
  const auto& strengths = array_of(trace.views[0], "strengths");
  EXPECT_EQ(strengths.shape[0], static_cast<int64_t>(trace.views[0].facts.at("text").size()));
  EXPECT_EQ(strengths.shape[1], array_of(trace.views[0], "pen").shape[0]);
  EXPECT_TRUE(trace.views[0].facts.contains("nats_per_point"));
}

TEST(LinesView, HoldsEachLineUnderItsName) {
  WrittenLine line;
  line.points = {{2.5f, 5.f, false}, {0.f, 2.5f, true}};
  const auto view = lines_view("Lines", {"one", "two"}, {line, line});
  EXPECT_EQ(view.facts.at("lines"), "one|two");
  EXPECT_EQ(array_of(view, "pen 2").values, (std::vector<float>{1, 2, 0, 0, 1, 1}));
}

}  // namespace
}  // namespace mneme
