#include "mneme/inspect/map_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "mneme/core/error.h"
#include "mneme/inspect/inspect.h"
#include "mneme/inspect/trace_arrays.h"
#include "mneme/tasks/graph/map_text.h"

namespace mneme {
namespace {

const NamedGraph& town() {
  static const NamedGraph map = read_map_text(
      {"Red (#ff0000): A - B - C", "Blue: B > C", "A @ 1, 10", "B @ 1, 12", "C @ 0, 11"}, "town.txt");
  return map;
}

struct Example {
  AskedQuestion asked = parse_question(town(), "A -> C").front();
  PosedQuestion posed;
  Example() {
    Random random(2);
    posed = pose(town(), asked, 2, random);
  }
};

const TraceArray& array(const MapAddition& addition, const std::string& name) {
  for (const TraceArray& each : addition.arrays)
    if (each.name == name) return each;
  throw Error("no array " + name);
}

TEST(MapAddition, PlacesEdgesAndTheAnswer) {
  const Example example;
  const Question& question = example.posed.episode.questions.front();
  const std::vector<Triple> given = {question.answer[0], {question.answer[1].source, 999, 999}};
  const MapAddition addition = map_addition(town(), example.asked, example.posed, given);

  const auto& places = array(addition, "map_places");
  EXPECT_EQ(places.shape, (std::vector<int64_t>{3, 2}));
  EXPECT_FLOAT_EQ(places.values[0], 0);  // A: west
  EXPECT_FLOAT_EQ(places.values[2], 1);  // B: as far east as anything
  EXPECT_FLOAT_EQ(places.values[1], 0);  // A and B: north
  EXPECT_NEAR(places.values[5], 1 / (2 * 0.99985),
              1e-4);  // C: south by half of that, at one degree of latitude
  EXPECT_EQ(array(addition, "map_edges").values, (std::vector<float>{0, 1, 0, 1, 2, 0, 1, 2, 1}));
  const auto& answer = array(addition, "map_answer").values;
  EXPECT_EQ((std::vector<float>{answer[0], answer[1], answer[2], answer[3]}),
            (std::vector<float>{0, 1, 0, 1}));
  EXPECT_EQ(array(addition, "map_steps").values,
            (std::vector<float>{8, 9}));  // 5 edges, query, 2 planning steps

  EXPECT_EQ(addition.facts.at("map_stations"), "A|B|C");
  EXPECT_EQ(addition.facts.at("map_colours"), "#ff0000|");
  EXPECT_EQ(addition.facts.at("question"), "A -> C");
  const std::string& words = addition.facts.at("words");
  EXPECT_NE(words.find("|? (A, C, _)|planning|planning|= (A, B, Red)|"), std::string::npos) << words;
  EXPECT_EQ(std::ranges::count(words, '|'), 9);
}

TEST(MapAddition, WithoutPlacesStationsStandOnACircle) {
  const NamedGraph map = read_map_text({"Red: A - B - C - D"}, "town.txt");
  Random random(1);
  const AskedQuestion asked = parse_question(map, "A -> D").front();
  const PosedQuestion posed = pose(map, asked, 0, random);
  const auto addition = map_addition(map, asked, posed, posed.episode.questions.front().answer);
  const auto& places = array(addition, "map_places").values;
  for (size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(std::hypot(places[2 * i] - 0.5, places[2 * i + 1] - 0.5), 0.5, 1e-6);
}

TEST(Inspect, ShowsAChosenSequenceWithItsAddition) {
  const Example example;
  const MapAddition addition =
      map_addition(town(), example.asked, example.posed, example.posed.episode.questions.front().answer);
  InspectOptions options;
  options.chosen = {{"A -> C", make_batch({example.posed.episode}), addition.arrays, addition.facts}};
  const auto task = make_task("graph-shortest-path", {});
  Random random(1);
  Settings settings;
  for (const char* key : {"hidden", "slots", "width", "read_heads"}) settings[key] = {int64_t{4}, "test"};
  const auto model = make_model("dnc", settings, {kGraphFeatures, kTripleInputs}, random);
  const Trace trace = inspect_model(*model, *task, options);
  ASSERT_EQ(trace.views.size(), 1u);
  EXPECT_EQ(trace.views[0].kind, "dnc-episode");
  EXPECT_EQ(trace.views[0].title, "A -> C");
  EXPECT_EQ(array_of(trace.views[0], "map_edges").shape, (std::vector<int64_t>{3, 3}));
  EXPECT_EQ(trace.views[0].facts.at("question"), "A -> C");
  EXPECT_EQ(array_of(trace.views[0], "inputs").shape[1], 10);
}

}  // namespace
}  // namespace mneme
