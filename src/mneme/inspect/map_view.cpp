#include "mneme/inspect/map_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>

namespace mneme {
namespace {

/// Adds an array of rows of `width` numbers.
void add_rows(MapAddition& addition, const std::string& name, const std::string& axis,
              const std::string& part, int64_t width, std::vector<float> values) {
  const auto rows = static_cast<int64_t>(values.size()) / width;
  addition.arrays.push_back({name, {axis, part}, {rows, width}, std::move(values), ""});
}

std::vector<float> places_of(const NamedGraph& graph) {
  const auto count = graph.nodes.size();
  std::vector<std::array<double, 2>> points(count);  // to the right, down
  const bool known = std::ranges::all_of(graph.places, [](const auto& place) { return place.has_value(); });
  for (size_t i = 0; i < count; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(count);
    points[i] = {std::sin(angle), -std::cos(angle)};
    if (!known) continue;
    const auto [latitude, longitude] = *graph.places[i];
    // A degree of longitude is shorter than one of latitude; within a town one factor does.
    points[i] = {longitude * std::cos((*graph.places[0])[0] * std::numbers::pi / 180), -latitude};
  }
  std::array<double, 2> low = points[0], high = points[0];
  for (const auto& point : points)
    for (size_t axis = 0; axis < 2; ++axis) {
      low[axis] = std::min(low[axis], point[axis]);
      high[axis] = std::max(high[axis], point[axis]);
    }
  const double size = std::max({high[0] - low[0], high[1] - low[1], 1e-9});
  std::vector<float> values;
  for (const auto& point : points)
    for (size_t axis = 0; axis < 2; ++axis)
      values.push_back(static_cast<float>((point[axis] - low[axis]) / size));
  return values;
}

std::vector<float> edges_of(const NamedGraph& graph) {
  std::set<std::array<int64_t, 3>> edges;
  for (const Triple& triple : graph.graph.triples)
    edges.insert({std::min(triple.source, triple.destination), std::max(triple.source, triple.destination),
                  graph.line_of_label[static_cast<size_t>(triple.edge)]});
  std::vector<float> values;
  for (const auto& edge : edges)
    for (const int64_t part : edge) values.push_back(static_cast<float>(part));
  return values;
}

/// The place of a name, or -1.
template <class Names>
float index_of(const Names& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  return found == names.end() ? -1.0f : static_cast<float>(found - names.begin());
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : "|") + parts[i];
  return text;
}

std::string triple_words(const NamedGraph& graph, const LabelCodes& codes, const Triple& triple) {
  const NamedTriple named = name_triple(graph, codes, triple);
  const auto word = [](int64_t code, const std::string& name) { return code == kBlank ? "_" : name; };
  return "(" + word(triple.source, named.source) + ", " + word(triple.destination, named.destination) + ", " +
         word(triple.edge, named.edge) + ")";
}

}  // namespace

MapAddition map_addition(const NamedGraph& graph, const AskedQuestion& asked, const PosedQuestion& posed,
                         const std::vector<Triple>& given) {
  MapAddition addition;
  add_rows(addition, "map_places", "station", "axis", 2, places_of(graph));
  add_rows(addition, "map_edges", "edge", "part", 3, edges_of(graph));

  std::vector<std::string> lines, colours;
  for (const MapLine& line : graph.lines) {
    lines.push_back(line.name);
    colours.push_back(line.colour);
  }
  const Question& question = posed.episode.questions.front();
  const auto words_of = [&](const Triple& triple) { return triple_words(graph, posed.codes, triple); };
  std::vector<std::string> words;
  for (const Triple& triple : posed.episode.description) words.push_back(words_of(triple));
  for (const Triple& triple : question.query) words.push_back("? " + words_of(triple));
  words.insert(words.end(), static_cast<size_t>(question.planning), "planning");
  const auto first = static_cast<int64_t>(words.size());

  std::vector<float> answer, steps;
  std::string answer_text;
  for (size_t k = 0; k < given.size(); ++k) {
    const NamedTriple named = name_triple(graph, posed.codes, given[k]);
    answer.insert(answer.end(), {index_of(graph.nodes, named.source),
                                 index_of(graph.nodes, named.destination), index_of(lines, named.edge)});
    steps.push_back(static_cast<float>(first + static_cast<int64_t>(k)));
    words.push_back("= " + words_of(given[k]));
    answer_text += (k == 0 ? "" : ", ") + words_of(given[k]);
  }
  add_rows(addition, "map_answer", "triple", "part", 3, answer);
  addition.arrays.push_back({"map_steps", {"triple"}, {static_cast<int64_t>(steps.size())}, steps, ""});
  addition.facts = {{"map_stations", joined(graph.nodes)},
                    {"map_lines", joined(lines)},
                    {"map_colours", joined(colours)},
                    {"words", joined(words)},
                    {"question", asked.words},
                    {"answer", answer_text}};
  return addition;
}

}  // namespace mneme
