#include "mneme/tasks/graph/named_graph.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "mneme/core/error.h"
#include "mneme/core/nearest_words.h"
#include "mneme/tasks/graph/episode.h"
#include "mneme/tasks/graph/family_file.h"
#include "mneme/tasks/graph/map_tables.h"
#include "mneme/tasks/graph/map_text.h"
#include "mneme/tasks/graph/text_file.h"

namespace mneme {
namespace {

std::string more_than_codes(const std::string& what) {
  return "more " + what + " than the code can hold: three digits tell " + std::to_string(kLabelCodes) +
         " apart";
}

}  // namespace

void refuse(const FilePosition& at, const std::string& what) {
  throw UsageError(at.text() + ": " + what);
}

std::string folded_name(std::string_view name) {
  std::string folded;
  for (const char letter : name) {
    const auto byte = static_cast<unsigned char>(letter);
    if (std::isalnum(byte) || byte >= 0x80) folded += static_cast<char>(std::tolower(byte));
  }
  return folded;
}

int64_t node_named(const NamedGraph& graph, const std::string& name, const std::string& what) {
  std::vector<std::string> known;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    known.push_back(folded_name(graph.nodes[i]));
    if (known.back() == folded_name(name)) return static_cast<int64_t>(i);
  }
  const auto nearest = nearest_words(folded_name(name), known, 3);
  std::string hint;
  for (size_t i = 0; i < nearest.size(); ++i) {
    const auto index = std::ranges::find(known, nearest[i]) - known.begin();
    hint += (i == 0 ? "" : i + 1 == nearest.size() ? " or " : ", ") + graph.nodes[static_cast<size_t>(index)];
  }
  throw UsageError("unknown " + what + " " + name + (hint.empty() ? "" : "; did you mean " + hint + "?"));
}

std::string edge_text(const NamedGraph& graph, const Triple& triple) {
  return graph.nodes[static_cast<size_t>(triple.source)] + " -> " +
         graph.nodes[static_cast<size_t>(triple.destination)] + " (" + graph.line_name(triple.edge) + ")";
}

bool MapBuilder::has_station(const std::string& name) const {
  return std::ranges::any_of(map_.nodes,
                             [&](const auto& known) { return folded_name(known) == folded_name(name); });
}

int64_t MapBuilder::station(const std::string& name, const FilePosition& at) {
  const std::string folded = folded_name(name);
  if (folded.empty()) refuse(at, "a station without a name");
  for (size_t i = 0; i < map_.nodes.size(); ++i)
    if (folded_name(map_.nodes[i]) == folded) return static_cast<int64_t>(i);
  if (static_cast<int64_t>(map_.nodes.size()) == kLabelCodes) refuse(at, more_than_codes("stations"));
  map_.nodes.push_back(name);
  map_.places.emplace_back();
  return static_cast<int64_t>(map_.nodes.size()) - 1;
}

int64_t MapBuilder::line(const std::string& name, const FilePosition& at) {
  const std::string folded = folded_name(name);
  if (folded.empty()) refuse(at, "a line without a name");
  for (size_t i = 0; i < map_.lines.size(); ++i)
    if (folded_name(map_.lines[i].name) == folded) return static_cast<int64_t>(i);
  map_.lines.push_back({name, ""});
  labels_.emplace_back();
  return static_cast<int64_t>(map_.lines.size()) - 1;
}

void MapBuilder::place(int64_t station, double latitude, double longitude, const FilePosition& at) {
  auto& place = map_.places[static_cast<size_t>(station)];
  if (place) refuse(at, "station " + map_.nodes[static_cast<size_t>(station)] + " has a place already");
  place = {latitude, longitude};
}

void MapBuilder::colour(int64_t line, const std::string& colour) {
  map_.lines[static_cast<size_t>(line)].colour = colour;
}

void MapBuilder::connect(int64_t line, int64_t from, int64_t to, bool both, const FilePosition& at) {
  edge(line, from, to, at);
  if (both) edge(line, to, from, at);
}

void MapBuilder::edge(int64_t line, int64_t from, int64_t to, const FilePosition& at) {
  const auto& stations = map_.nodes;
  if (from == to) refuse(at, "station " + stations[static_cast<size_t>(from)] + " is connected with itself");
  size_t number = 0;  // of the line's edges at this station so far
  for (const Triple& triple : map_.graph.triples) {
    if (triple.source != from || map_.line_of_label[static_cast<size_t>(triple.edge)] != line) continue;
    ++number;
    if (triple.destination == to)
      refuse(at, "the line " + map_.lines[static_cast<size_t>(line)].name + " connects " +
                     stations[static_cast<size_t>(from)] + " and " + stations[static_cast<size_t>(to)] +
                     " twice");
  }
  auto& labels = labels_[static_cast<size_t>(line)];
  if (number == labels.size()) {
    if (static_cast<int64_t>(map_.line_of_label.size()) == kLabelCodes)
      refuse(at, more_than_codes("edge labels"));
    labels.push_back(static_cast<int64_t>(map_.line_of_label.size()));
    map_.line_of_label.push_back(line);
  }
  map_.graph.triples.push_back({from, labels[number], to});
}

NamedGraph MapBuilder::finish(const std::string& file) && {
  if (map_.graph.triples.empty()) throw UsageError(file + ": the map has no connection");
  map_.graph.nodes = static_cast<int64_t>(map_.nodes.size());
  map_.graph.labels = static_cast<int64_t>(map_.line_of_label.size());
  return std::move(map_);
}

NamedGraph read_named_graph(const std::string& path) {
  namespace fs = std::filesystem;
  if (fs::is_directory(path)) return read_map_tables(path);
  const auto lines = read_lines(path);
  if (fs::path(path).extension() == ".ged") return read_gedcom(lines, path);
  return is_family_text(lines) ? read_family_text(lines, path) : read_map_text(lines, path);
}

}  // namespace mneme
