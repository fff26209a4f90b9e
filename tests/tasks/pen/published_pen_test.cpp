#include "mneme/tasks/pen/published_pen.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/temporary_folder.h"
#include "mneme/core/error.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;
using test::error_text;
using test::put_bytes;

constexpr const char* kLine =
    "<?xml version=\"1.0\"?>\n<WhiteboardCaptureSession>\n  <StrokeSet>\n"
    "    <Stroke colour=\"black\" start_time=\"1\" end_time=\"2\">\n"
    "      <Point x=\"10\" y=\"20\" time=\"1\"/>\n      <Point x=\"13\" y=\"16\" time=\"2\"/>\n    "
    "</Stroke>\n"
    "    <Stroke colour=\"black\" start_time=\"3\" end_time=\"4\">\n      <Point x=\"20\" y=\"16\" "
    "time=\"3\"/>\n"
    "    </Stroke>\n  </StrokeSet>\n</WhiteboardCaptureSession>\n";

TEST(GeorgeWashington, ReadsAWord) {
  const PenText word = parse_george_washington("to\n437 255 0\n441 258 1\n445 250 0\n", "1_to.txt");
  EXPECT_EQ(word.text, "to");
  ASSERT_EQ(word.points.size(), 3U);
  EXPECT_EQ(word.points[0].dx, 0);
  EXPECT_EQ(word.points[1].dx, 4);
  EXPECT_EQ(word.points[1].dy, 3);
  EXPECT_TRUE(word.points[1].stroke_end);
  EXPECT_TRUE(word.points[2].stroke_end) << "the word's end lifts the pen";
}

TEST(GeorgeWashington, NamesFileAndLineOfWhatIsMalformed) {
  const auto refused = [](const char* text) {
    return error_text<Error>([&] { parse_george_washington(text, "1_to.txt"); });
  };
  EXPECT_EQ(refused("to\n437 255 0\n441 x 1\n"), "1_to.txt:3: \"441 x 1\", expected x y pen-up");
  EXPECT_EQ(refused("to\n437 255 2\n"), "1_to.txt:2: \"437 255 2\", expected x y pen-up, with pen-up 0 or 1");
  EXPECT_EQ(refused("to\n437 255 0 9\n"), "1_to.txt:2: \"437 255 0 9\", expected x y pen-up");
  EXPECT_EQ(refused("to\n437 nan 0\n"), "1_to.txt:2: \"437 nan 0\", expected x y pen-up");
  EXPECT_EQ(refused("to\n"), "1_to.txt:1: \"to\", expected a point, x y pen-up");
  EXPECT_EQ(refused(""), "1_to.txt:0: \"\", expected the word that is written");
  EXPECT_TRUE(refused("t_o\n1 1 1\n").starts_with("1_to.txt:1: \"t_o\", expected text of the characters "));
}

TEST(GeorgeWashington, PartsPagesAndScalesToLetters) {
  test::TemporaryFolder folder;
  for (int page = 0; page < 10; ++page) {
    const fs::path path = folder / ("27" + std::to_string(page)).c_str();
    fs::create_directories(path);
    put_bytes(path / "1_ab.txt", "ab\n0 0 0\n100 0 0\n100 200 1\n");
  }
  const PublishedPen parts = read_george_washington(folder.path().string());
  EXPECT_EQ(parts.test.size(), 2U);
  EXPECT_EQ(parts.validation.size(), 1U);
  EXPECT_EQ(parts.training.size(), 7U);
  // 300 of way for two characters; the same factor everywhere.
  const PenPoint& right = parts.test[0].points[1];
  EXPECT_NEAR(right.dx, 100 * 4.2 * 2 / 300, 1e-5);
  EXPECT_NEAR(parts.training[0].points[2].dy, 2 * right.dx, 1e-5);
}

TEST(GeorgeWashington, SaysWhereItLooked) {
  test::TemporaryFolder folder;
  const fs::path nowhere = folder / "nowhere";
  EXPECT_TRUE(error_text<DataError>([&] {
                read_george_washington(nowhere.string());
              }).starts_with("george-washington: no gw_online_words.tar.xz in " + nowhere.string()));
}

TEST(GeorgeWashington, ReadsThePublishedWords) {
  const char* const data = std::getenv("MNEME_DATA");
  if (data == nullptr || !fs::exists(fs::path(data) / "gw_online" / "gw_online_words.tar.xz"))
    GTEST_SKIP() << "no gw_online/gw_online_words.tar.xz in MNEME_DATA";
  const PublishedPen parts = read_george_washington("");
  EXPECT_EQ(parts.training.size() + parts.validation.size() + parts.test.size(), 4860U);
  size_t points = 0;
  for (const auto* part : {&parts.training, &parts.validation, &parts.test})
    for (const PenText& word : *part) points += word.points.size();
  EXPECT_EQ(points, 380190U);
}

TEST(IamOndb, ReadsTheStrokesOfALine) {
  const auto points = parse_iam_strokes(kLine, "a01-000u-01.xml");
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[1].dx, 3);
  EXPECT_EQ(points[1].dy, -4);
  EXPECT_TRUE(points[1].stroke_end);
  EXPECT_EQ(points[2].dx, 7);
  EXPECT_TRUE(points[2].stroke_end);
}

TEST(IamOndb, NamesFileAndLineOfWhatIsMalformed) {
  const auto refused = [](const std::string& text) {
    return error_text<Error>([&] { parse_iam_strokes(text, "l.xml"); });
  };
  EXPECT_EQ(refused("<StrokeSet>\n<Stroke>\n<Point x=\"1\" time=\"2\"/>\n"),
            "l.xml:3: \"<Point x=\"1\" time=\"2\"/>\", expected a <Point> with numbers x and y");
  EXPECT_EQ(refused("<StrokeSet>\n<Stroke>\n<Point x=\"1\" y=\"2.x\"/>\n"),
            "l.xml:3: \"<Point x=\"1\" y=\"2.x\"/>\", expected a <Point> with numbers x and y");
  EXPECT_EQ(refused("<StrokeSet>\n<Point x=\"1\" y=\"2\"/>\n"),
            "l.xml:2: \"<Point x=\"1\" y=\"2\"/>\", expected a <Point> inside a <Stroke>");
  EXPECT_EQ(refused("<StrokeSet>\n<Stroke>\n</Stroke>\n"),
            "l.xml:3: \"</Stroke>\", expected the end of a <Stroke> with points");
  EXPECT_EQ(refused("<StrokeSet>\n"),
            "l.xml:1: \"<StrokeSet>\", expected </StrokeSet> before the end of the file");
  EXPECT_EQ(error_text<Error>([] { parse_iam_text("OCR:\n\nA move\n", "t.txt"); }),
            "t.txt:3: \"A move\", expected \"CSR:\" and below it the text, line by line");
}

TEST(IamOndb, ReadsAFolderByItsSplits) {
  test::TemporaryFolder folder;
  for (const char* form : {"a01-000u", "b02-010z", "c03-005"}) {
    const std::string name(form);
    const fs::path strokes = folder.path() / "lineStrokes" / name.substr(0, 3) / name.substr(0, 7),
                   texts = folder.path() / "ascii" / name.substr(0, 3) / name.substr(0, 7);
    fs::create_directories(strokes);
    fs::create_directories(texts);
    put_bytes(strokes / (name + "-01.xml"), kLine);
    put_bytes(strokes / (name + "-02.xml"), kLine);
    put_bytes(texts / (name + ".txt"), "OCR:\n\nA move\nx\n\nCSR:\n\nA move to stop\n50% + more\n");
  }
  put_bytes(folder / "trainset.txt", " a01-000u\n");
  put_bytes(folder / "testset_v.txt", "b02-010\n");
  put_bytes(folder / "testset_f.txt", "c03-005\n");
  const PublishedPen parts = read_iam_ondb(folder.path().string());
  ASSERT_EQ(parts.training.size(), 1U) << "the second line has characters that are not known";
  EXPECT_EQ(parts.training[0].text, "A move to stop");
  EXPECT_EQ(parts.training[0].points.size(), 3U);
  EXPECT_EQ(parts.validation.size(), 1U);
  EXPECT_EQ(parts.test.size(), 1U);

  put_bytes(folder / "trainset.txt", "a01-000u\nnonsense\n");
  EXPECT_EQ(
      error_text<Error>([&] { read_iam_ondb(folder.path().string()); }),
      (folder / "trainset.txt").string() + ":2: \"nonsense\", expected the name of a form, such as a01-000u");
}

}  // namespace
}  // namespace mneme
