#include "mneme/core/trace.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/temporary_folder.h"
#include "mneme/core/error.h"

namespace mneme {
namespace {

using test::error_text;

Trace small_trace() {
  Trace trace;
  trace.model = "ntm";
  trace.task = "copy";
  trace.seed = ~uint64_t{0};
  trace.settings = {{"slots", "128"}};
  trace.views = {{"ntm-episode",
                  "Copy of length 2",
                  {{"paper", "Graves 2014"}},
                  {{"write_weights", {"location", "time"}, {2, 2}, {0.1f, 1, -0.f, 1e-10f}, "probability"}}}};
  return trace;
}

const char* const kSmallTrace =
    R"({"model":"ntm","seed":"18446744073709551615","settings":{"slots":"128"},"task":"copy","version":1,)"
    R"("views":[{"arrays":[{"axes":["location","time"],"name":"write_weights","shape":[2,2],)"
    R"("unit":"probability","values":[0.1,1.0,-0.0,1e-10]}],"facts":{"paper":"Graves 2014"},)"
    R"("kind":"ntm-episode","title":"Copy of length 2"}]})";

TEST(Trace, HasOneFormAsJson) {
  EXPECT_EQ(trace_to_json(small_trace()), kSmallTrace);
  EXPECT_EQ(trace_to_json(trace_from_json(kSmallTrace)), kSmallTrace);
}

TEST(Trace, ReadsBackEveryMember) {
  const Trace trace = trace_from_json(kSmallTrace);
  EXPECT_EQ(trace.model, "ntm");
  EXPECT_EQ(trace.task, "copy");
  EXPECT_EQ(trace.seed, ~uint64_t{0});
  EXPECT_EQ(trace.settings.at("slots"), "128");
  ASSERT_EQ(trace.views.size(), 1u);
  EXPECT_EQ(trace.views[0].kind, "ntm-episode");
  EXPECT_EQ(trace.views[0].title, "Copy of length 2");
  EXPECT_EQ(trace.views[0].facts.at("paper"), "Graves 2014");
  const TraceArray& array = trace.views[0].arrays.at(0);
  EXPECT_EQ(array.name, "write_weights");
  EXPECT_EQ(array.axes, (std::vector<std::string>{"location", "time"}));
  EXPECT_EQ(array.shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(array.values, (std::vector<float>{0.1f, 1, -0.f, 1e-10f}));
  EXPECT_EQ(array.unit, "probability");
}

TEST(Trace, WritesWhatIsNotFiniteAsNull) {
  Trace trace = small_trace();
  trace.views[0].arrays[0].values = {NAN, INFINITY, -INFINITY, 2};
  const std::string json = trace_to_json(trace);
  EXPECT_NE(json.find("[null,null,null,2.0]"), std::string::npos) << json;
  const auto back = trace_from_json(json).views[0].arrays[0].values;
  EXPECT_TRUE(std::isnan(back[0]) && std::isnan(back[1]) && std::isnan(back[2]));
  EXPECT_EQ(back[3], 2);
}

RC_GTEST_PROP(Trace, EveryFloatReadsBackAsItself, (std::vector<uint32_t> bits)) {
  Trace trace = small_trace();
  auto& array = trace.views[0].arrays[0];
  array.values.clear();
  for (const uint32_t word : bits) {
    float value;
    std::memcpy(&value, &word, sizeof value);
    if (std::isfinite(value)) array.values.push_back(value);
  }
  array.axes = {"n"};
  array.shape = {static_cast<int64_t>(array.values.size())};
  RC_ASSERT(trace_from_json(trace_to_json(trace)).views[0].arrays[0].values == array.values);
}

TEST(Trace, RefusesArraysThatDoNotFitTheirShape) {
  Trace trace = small_trace();
  auto& array = trace.views[0].arrays[0];
  array.shape = {2, 3};
  EXPECT_EQ(error_text<Error>([&] { trace_to_json(trace); }),
            "trace: views[0].arrays[0] (write_weights) has 4 values, expected 6 as its shape says");
  array.shape = {4};
  EXPECT_EQ(error_text<Error>([&] { trace_to_json(trace); }),
            "trace: views[0].arrays[0] (write_weights) has 2 axes, expected 1 as in its shape");
  array.shape = {-2, -2};
  EXPECT_EQ(error_text<Error>([&] { trace_to_json(trace); }),
            "trace: views[0].arrays[0] (write_weights) has a size of -2 in its shape");
}

TEST(Trace, RefusesTextThatIsNotUtf8) {
  Trace trace = small_trace();
  trace.task = "\xff";
  EXPECT_TRUE(error_text<Error>([&] { trace_to_json(trace); }).starts_with("trace: a text is not UTF-8"));
}

// The small trace with one part of its JSON replaced.
std::string refusal_with(const std::string& part, const std::string& replacement) {
  std::string json = kSmallTrace;
  const size_t place = json.find(part);
  EXPECT_NE(place, std::string::npos) << part;
  json.replace(place, part.size(), replacement);
  return error_text<Error>([&] { trace_from_json(json); });
}

TEST(Trace, NamesWhatIsMissingOrWrong) {
  EXPECT_EQ(refusal_with("\"version\":1", "\"version\":2"), "trace: version is 2, expected 1");
  EXPECT_EQ(refusal_with("\"version\":1", "\"version\":\"1\""), "trace: version is not an integer");
  EXPECT_EQ(refusal_with("\"task\":\"copy\",", ""), "trace: task is missing");
  EXPECT_EQ(refusal_with("\"shape\":[2,2],", ""), "trace: views[0].arrays[0].shape is missing");
  EXPECT_EQ(refusal_with("0.1", "\"x\""), "trace: views[0].arrays[0].values[0] is not a number");
  EXPECT_EQ(refusal_with("0.1,", ""),
            "trace: views[0].arrays[0] (write_weights) has 3 values, expected 4 as its shape says");
  EXPECT_EQ(refusal_with("\"128\"", "128"), "trace: settings.slots is not text");
  EXPECT_EQ(refusal_with("18446744073709551615", "18446744073709551616"),
            "trace: seed is not a number of 64 bits");
  EXPECT_EQ(refusal_with("[2,2]", "[2,2.5]"), "trace: views[0].arrays[0].shape[1] is not an integer");
  EXPECT_EQ(error_text<Error>([] { trace_from_json("[]"); }), "trace: the document is not an object");
  EXPECT_TRUE(error_text<Error>([] { trace_from_json("{"); }).starts_with("trace: not JSON: "));
}

}  // namespace
}  // namespace mneme
