#include <filesystem>
#include <map>
#include <set>

#include "mneme/core/error.h"
#include "mneme/core/log.h"
#include "mneme/tasks/pen/pen_scale.h"
#include "mneme/tasks/pen/published_pen.h"
#include "mneme/tasks/text/compressed_file.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;

/// The number in `name="…"` of an element that stands in the reader's line.
double attribute(const LineReader& lines, const std::string& name) {
  const std::string& line = lines.line();
  const size_t start = line.find(" " + name + "=\"");
  const std::string expected = "a <Point> with numbers x and y";
  if (start == std::string::npos) lines.refuse(expected);
  const size_t first = start + name.size() + 3, end = line.find('"', first);
  if (end == std::string::npos) lines.refuse(expected);
  const std::string digits = line.substr(first, end - first);
  try {
    size_t used = 0;
    const double value = std::stod(digits, &used);
    if (used == digits.size()) return value;
  } catch (const std::logic_error&) {
    // Not a number: refused below.
  }
  lines.refuse(expected);
}

/// Forms of a split's list, one a line.
std::set<std::string> read_split(const fs::path& file) {
  const std::string text = read_unpacked(file);
  LineReader lines(text, file.string());
  std::set<std::string> forms;
  while (lines.next()) {
    std::string form = lines.line();
    const size_t first = form.find_first_not_of(" \t");
    if (first == std::string::npos) continue;
    form = form.substr(first, form.find_last_not_of(" \t") - first + 1);
    if (form.size() < 7 || form[3] != '-') lines.refuse("the name of a form, such as a01-000u");
    forms.insert(form);
  }
  return forms;
}

/// The first of `names` that is there, in `base` or deeper by its own name twice, as the archives unpack.
fs::path find_in(const fs::path& base, const std::string& name) {
  for (const fs::path& path :
       {base / name, base / name / name, base / "iam_ondb" / name, base / "iam-ondb" / name})
    if (fs::exists(path)) return path;
  throw DataError(
      "iam-ondb: no " + name + " in " + base.string() +
      "; register at fki.tic.heia-fr.ch, unpack lineStrokes-all.tar.gz and ascii-all.tar.gz there, put the "
      "lists of the splits beside them, and point task.data at the folder");
}

/// "a01-000u" is the form itself, "a01-000" stands for its parts u, x, z too.
bool among(const std::set<std::string>& forms, const std::string& form) {
  return forms.contains(form) || forms.contains(form.substr(0, 7));
}

}  // namespace

std::vector<PenPoint> parse_iam_strokes(std::string_view text, const std::string& name) {
  LineReader lines(text, name);
  std::vector<PenPoint> points;
  bool inside = false, in_stroke = false;
  double x = 0, y = 0;
  size_t first_of_stroke = 0;
  while (lines.next()) {
    const std::string& line = lines.line();
    if (line.find("<StrokeSet") != std::string::npos) inside = true;
    if (line.find("<Stroke ") != std::string::npos || line.find("<Stroke>") != std::string::npos) {
      if (!inside || in_stroke)
        lines.refuse("a <Stroke> inside <StrokeSet>, after the end of the one before");
      in_stroke = true;
      first_of_stroke = points.size();
    }
    if (line.find("<Point") != std::string::npos) {
      if (!in_stroke) lines.refuse("a <Point> inside a <Stroke>");
      const double to_x = attribute(lines, "x"), to_y = attribute(lines, "y");
      const bool start = points.empty();
      points.push_back({start ? 0 : static_cast<float>(to_x - x), start ? 0 : static_cast<float>(to_y - y),
                        false, -1, false});
      x = to_x;
      y = to_y;
    }
    if (line.find("</Stroke>") != std::string::npos) {
      if (!in_stroke || points.size() == first_of_stroke) lines.refuse("the end of a <Stroke> with points");
      points.back().stroke_end = true;
      in_stroke = false;
    }
    if (line.find("</StrokeSet>") != std::string::npos) {
      if (in_stroke || points.empty()) lines.refuse("the end of a <StrokeSet> with whole strokes");
      return points;
    }
  }
  lines.refuse("</StrokeSet> before the end of the file");
}

std::vector<std::string> parse_iam_text(std::string_view text, const std::string& name) {
  LineReader lines(text, name);
  std::vector<std::string> written;
  bool below = false;
  while (lines.next()) {
    if (below && !lines.line().empty()) written.push_back(lines.line());
    if (lines.line() == "CSR:") below = true;
  }
  if (written.empty()) lines.refuse("\"CSR:\" and below it the text, line by line");
  return written;
}

PublishedPen read_iam_ondb(const std::string& data) {
  const char* const environment = std::getenv("MNEME_DATA");
  const fs::path base = !data.empty() ? data : environment != nullptr ? environment : "";
  if (base.empty())
    throw DataError(
        "iam-ondb: task.data and MNEME_DATA are not set; point one at the folder with lineStrokes");
  const fs::path strokes = find_in(base, "lineStrokes"), texts = find_in(base, "ascii");
  struct Part {
    std::set<std::string> forms;
    std::vector<PenText>* lines;
  };
  PublishedPen parts;
  const std::vector<Part> splits = {{read_split(find_in(base, "trainset.txt")), &parts.training},
                                    {read_split(find_in(base, "testset_v.txt")), &parts.validation},
                                    {read_split(find_in(base, "testset_f.txt")), &parts.test}};

  std::set<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(strokes))
    if (entry.path().extension() == ".xml") files.insert(entry.path());
  size_t left_out = 0;
  for (const fs::path& file : files) {
    const std::string line_name = file.stem().string();  // a01-000u-01
    const size_t dash = line_name.rfind('-');
    if (dash == std::string::npos || dash < 7)
      throw Error(file.string() + ": expected a name such as a01-000u-01.xml");
    const std::string form = line_name.substr(0, dash);
    const fs::path text_file = texts / form.substr(0, 3) / form.substr(0, 7) / (form + ".txt");
    for (const Part& part : splits) {
      if (!among(part.forms, form)) continue;
      const auto lines = parse_iam_text(read_unpacked(text_file), text_file.string());
      const size_t number = std::strtoul(line_name.c_str() + dash + 1, nullptr, 10);
      if (number < 1 || number > lines.size())
        throw Error(file.string() + ": line " + std::to_string(number) + " of a form whose text " +
                    text_file.string() + " has " + std::to_string(lines.size()));
      PenText pen{lines[number - 1], parse_iam_strokes(read_unpacked(file), file.string())};
      if (pen.text.find_first_not_of(pen_characters()) == std::string::npos)
        part.lines->push_back(std::move(pen));
      else
        ++left_out;
    }
  }
  if (parts.training.empty())
    throw DataError("iam-ondb: " + strokes.string() + " holds no line of trainset.txt");
  if (left_out > 0)
    log_info("iam-ondb: " + std::to_string(left_out) + " lines have other characters than " +
             std::string(pen_characters()) + " and are left out");
  scale_to_letters(parts);
  return parts;
}

}  // namespace mneme
