#include "mneme/report/report.h"

#include <bit>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "mneme/core/error.h"
#include "mneme/report/colours.h"
#include "mneme/report/escaped.h"
#include "mneme/report/page_files.h"

namespace mneme {
namespace {

using nlohmann::json;

/// Float32 values, little-endian, in base64: exact, and a third of their length as decimals.
std::string base64_floats(const std::vector<float>& values) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<uint8_t> bytes;
  bytes.reserve(values.size() * 4 + 2);
  for (const float value : values) {
    const auto word = std::bit_cast<uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<uint8_t>(word >> shift));
  }
  const size_t padding = (3 - bytes.size() % 3) % 3;
  bytes.resize(bytes.size() + padding, 0);
  std::string text;
  text.reserve(bytes.size() / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const uint32_t triple = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
    for (int shift = 18; shift >= 0; shift -= 6) text += kLetters[triple >> shift & 63];
  }
  text.replace(text.size() - padding, padding, padding, '=');
  return text;
}

json trace_data(const Trace& trace) {
  json views = json::array();
  for (const TraceView& view : trace.views) {
    json arrays = json::array();
    for (const TraceArray& array : view.arrays)
      arrays.push_back({{"name", array.name},
                        {"axes", array.axes},
                        {"shape", array.shape},
                        {"unit", array.unit},
                        {"values", base64_floats(array.values)}});
    views.push_back({{"kind", view.kind}, {"title", view.title}, {"facts", view.facts}, {"arrays", arrays}});
  }
  return {{"version", trace.version}, {"model", trace.model},       {"task", trace.task},
          {"seed", trace.seed},       {"settings", trace.settings}, {"views", views}};
}

json metrics_rows(std::string_view text) {
  json rows = json::array();
  for (size_t line = 1; !text.empty(); ++line) {
    const size_t end = text.find('\n');
    const std::string_view row = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (row.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    json parsed = json::parse(row, nullptr, false);
    if (parsed.is_object()) {
      rows.push_back(std::move(parsed));
    } else if (end != std::string_view::npos) {
      throw Error("report: line " + std::to_string(line) + " of the metrics is `" +
                  std::string(row.substr(0, 60)) + "`, expected a JSON object");
    }
  }
  return rows;
}

json ramp_data(const Ramp& ramp) {
  json colours = json::array();
  for (const Colour& colour : ramp) colours.push_back(colour.hex());
  return colours;
}

/// JSON that may stand inside a script element: no text of it can end the element or open a comment. Bytes
/// that are not UTF-8 become the replacement character.
std::string json_in_html(const json& data) {
  std::string text;
  for (const char letter : data.dump(-1, ' ', false, json::error_handler_t::replace)) {
    if (letter == '<')
      text += "\\u003c";
    else
      text += letter;
  }
  return text;
}

std::string title_of(const Trace& trace) {
  static const std::map<std::string, std::string> names = {
      {"act", "Network with adaptive computation time"},
      {"blstm", "Bidirectional LSTM"},
      {"dmn", "Dynamic memory network"},
      {"dnc", "Differentiable Neural Computer"},
      {"gpt", "GPT"},
      {"lstm", "LSTM"},
      {"memn2n", "End-to-end memory network"},
      {"ntm", "Neural Turing Machine"},
      {"transformer", "Transformer"},
      {"universal-transformer", "Universal Transformer"},
  };
  const auto known = names.find(trace.model);
  const std::string& model = known != names.end() ? known->second : trace.model;
  if (trace.model == "handwriting" && trace.task == "handwriting") return "Handwriting synthesis";
  if (trace.task == "babi" || trace.task == "babi-questions") return model + " on bAbI";
  if (trace.task == "ngrams") return model + " on dynamic N-grams";
  std::string task = trace.task;
  for (char& letter : task)
    if (letter == '_' || letter == '-') letter = ' ';
  return model + " on " + task;
}

}  // namespace

std::string report_html(const Trace& trace, const std::string& metrics_jsonl) {
  const json data = {{"trace", trace_data(trace)},
                     {"metrics", metrics_rows(metrics_jsonl)},
                     {"ramps",
                      {{"sequential", ramp_data(sequential_ramp())},
                       {"diverging", ramp_data(diverging_ramp())},
                       {"diverging_dark", ramp_data(diverging_dark_ramp())}}}};
  std::string page;
  std::string_view rest = kReportPage;
  // One pass over the page's own places: nothing that a trace says is looked at again.
  for (;;) {
    const size_t start = rest.find('@');
    if (start == std::string_view::npos) break;
    const size_t end = rest.find('@', start + 1);
    const std::string_view place = rest.substr(start + 1, end - start - 1);
    page += rest.substr(0, start);
    if (place == "TITLE")
      page += escaped(title_of(trace));
    else if (place == "STYLE")
      page += kReportStyle;
    else if (place == "DATA")
      page += json_in_html(data);
    else if (place == "SCRIPT")
      page += kReportScript;
    else
      throw Error("report: page.html has the unknown place @" + std::string(place) + "@");
    rest.remove_prefix(end + 1);
  }
  page += rest;
  return page;
}

}  // namespace mneme
