#include "mneme/report/report.h"

#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "mneme/core/error.h"
#include "mneme/report/colours.h"
#include "report/canned_trace.h"

namespace mneme {
namespace {

/// The data that a page carries, as its script reads it.
nlohmann::json data_of(const std::string& page) {
  const std::string start = "<script type=\"application/json\" id=\"data\">";
  const size_t from = page.find(start) + start.size();
  return nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
}

std::vector<float> decoded(const std::string& base64) {
  std::vector<uint8_t> bytes;
  uint32_t bits = 0, count = 0;
  for (const char letter : base64) {
    if (letter == '=') break;
    const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bits = bits << 6 | static_cast<uint32_t>(letters.find(letter));
    if ((count += 6) >= 8) bytes.push_back(static_cast<uint8_t>(bits >> (count -= 8)));
  }
  std::vector<float> values(bytes.size() / 4);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = std::bit_cast<float>(bytes[4 * i] | bytes[4 * i + 1] << 8 | bytes[4 * i + 2] << 16 |
                                     static_cast<uint32_t>(bytes[4 * i + 3]) << 24);
  return values;
}

size_t occurrences(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The page that the browser tests (tests/pages) open.
TEST(Report, WritesThePageForTheBrowserTests) {
  const auto folder = std::filesystem::path(MNEME_BINARY_DIR) / "pages";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "report.html") << report_html(canned_trace(), canned_metrics());
  ASSERT_GT(std::filesystem::file_size(folder / "report.html"), 100'000u);
}

TEST(Report, SameArgumentsGiveTheSameBytes) {
  EXPECT_EQ(report_html(canned_trace(), canned_metrics()), report_html(canned_trace(), canned_metrics()));
}

TEST(Report, NamesNoAddressOfTheNetwork) {
  const std::string page = report_html(canned_trace(), canned_metrics());
  EXPECT_EQ(occurrences(page, "https://"), 0u);
  EXPECT_EQ(occurrences(page, "http://"),
            occurrences(page, "http://www.w3.org/2000/svg"));  // the name of SVG
  EXPECT_EQ(occurrences(page, "@import"), 0u);
}

TEST(Report, CarriesEveryValueExactly) {
  Trace trace{Trace::kVersion, "ntm", "copy", 1, {}, {}};
  const std::vector<float> values = {0.1f, -0.0f, 1e-38f, 3.4028235e38f, 1.0f / 3};
  for (size_t count = 0; count <= values.size(); ++count)
    trace.views.push_back({"curve",
                           "c",
                           {},
                           {{"y",
                             {"step"},
                             {static_cast<int64_t>(count)},
                             {values.begin(), values.begin() + static_cast<int64_t>(count)},
                             ""}}});
  const auto data = data_of(report_html(trace, ""));
  for (size_t count = 0; count <= values.size(); ++count) {
    const auto back = decoded(data["trace"]["views"][count]["arrays"][0]["values"]);
    ASSERT_EQ(back.size(), count);
    for (size_t i = 0; i < count; ++i)
      EXPECT_EQ(std::bit_cast<uint32_t>(back[i]), std::bit_cast<uint32_t>(values[i]));
  }
}

TEST(Report, HostileTextStaysText) {
  const std::string hostile = "</script><script>alert(1)</script><!--<script>&\"'@DATA@@STYLE@\xff";
  Trace trace{Trace::kVersion, hostile, hostile, 1, {{hostile, hostile}, {"about.title", hostile}}, {}};
  trace.views.push_back({"curve", hostile, {{hostile, hostile}}, {{"y", {"step"}, {1}, {1}, hostile}}});
  const std::string page = report_html(trace, "{\"kind\":\"train\",\"unit\":\"</script>\"}\n");
  const std::string plain = report_html({Trace::kVersion, "m", "t", 1, {}, {}}, "");
  EXPECT_EQ(occurrences(page, "</script>"), occurrences(plain, "</script>"));
  EXPECT_EQ(occurrences(page, "<script"), occurrences(plain, "<script"));
  EXPECT_EQ(occurrences(page, "<!--"), 0u);
  const auto data = data_of(page);
  const std::string kept = hostile.substr(0, hostile.size() - 1) + "\xef\xbf\xbd";
  EXPECT_EQ(data["trace"]["views"][0]["title"], kept);
  EXPECT_EQ(data["trace"]["settings"]["about.title"], kept);
  EXPECT_NE(page.find("<title>&lt;/script&gt;"), std::string::npos);
}

TEST(Report, MetricsPassOverOnlyAnUnfinishedLastLine) {
  const Trace trace{Trace::kVersion, "ntm", "copy", 1, {}, {}};
  EXPECT_EQ(data_of(report_html(trace, ""))["metrics"].size(), 0u);
  EXPECT_EQ(data_of(report_html(trace, "{\"kind\":\"end\"}\n\n{\"kind\":\"tr"))["metrics"].size(), 1u);
  try {
    report_html(trace, "{\"kind\":\"end\"}\n{\"kind\":\n");
    FAIL() << "accepted a broken line";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "report: line 2 of the metrics is `{\"kind\":`, expected a JSON object");
  }
}

TEST(Colours, SequentialRampGrowsLighterEvenly) {
  const auto lightness = [](const Colour& colour) {  // relative luminance to L*, CIE 1976
    const auto light = [](double level) {
      return level <= 0.04045 ? level / 12.92 : std::pow((level + 0.055) / 1.055, 2.4);
    };
    const double y = 0.2126 * light(colour.red / 255.0) + 0.7152 * light(colour.green / 255.0) +
                     0.0722 * light(colour.blue / 255.0);
    return y > 0.008856 ? 116 * std::cbrt(y) - 16 : 903.3 * y;
  };
  const Ramp& ramp = sequential_ramp();
  EXPECT_EQ(ramp.front().hex(), "#440154");
  EXPECT_EQ(ramp.back().hex(), "#fde725");
  for (size_t i = 16; i < ramp.size(); i += 16) {
    const double step = lightness(ramp[i]) - lightness(ramp[i - 16]);
    EXPECT_GT(step, 2) << i;  // viridis spans 75 units in 16 such steps: 4.7 on average
    EXPECT_LT(step, 8) << i;
  }
  const Ramp& signed_ramp = diverging_ramp();
  EXPECT_NEAR(lightness(signed_ramp.front()), lightness(signed_ramp.back()), 4);
  EXPECT_GT(lightness(signed_ramp[127]), 90);
}

}  // namespace
}  // namespace mneme
