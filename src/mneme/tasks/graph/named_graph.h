// A graph with names: a map of stations and lines, or a family tree.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mneme/tasks/graph/graph.h"

namespace mneme {

struct MapLine {
  std::string name;
  std::string colour;  ///< "#e32017"; empty: none is given
};

/// The labels of a map's edges are unique at each station, as in training, so a line with two edges at a
/// station has two labels there: label 3 may be "Central" and label 4 "Central" as well.
struct NamedGraph {
  Graph graph;
  std::vector<std::string> nodes;                            ///< names
  std::vector<int64_t> line_of_label;                        ///< index into lines
  std::vector<MapLine> lines;                                ///< of a family tree: its steps
  std::vector<std::optional<std::array<double, 2>>> places;  ///< of the nodes: latitude, longitude
  bool family = false;                                       ///< labels are the steps of relations.h

  const std::string& line_name(int64_t label) const {
    return lines[static_cast<size_t>(line_of_label[static_cast<size_t>(label)])].name;
  }
};

/// Letters and digits alone, in lower case: "Oxford Circus", "OxfordCircus" and "oxford circus" are the same
/// name.
std::string folded_name(std::string_view name);

/// The number of the node with this name. Throws UsageError when there is none: `unknown station Morgate; did
/// you mean Moorgate or Bank?` `what` is "station" or "person".
int64_t node_named(const NamedGraph& graph, const std::string& name, const std::string& what);

/// "Moorgate -> Bank (Northern)"
std::string edge_text(const NamedGraph& graph, const Triple& triple);

/// Where something was read: "london.txt:7".
struct FilePosition {
  std::string file;
  int64_t line = 0;
  std::string text() const { return file + ":" + std::to_string(line); }
};

/// Throws UsageError: the position, then what is wrong there.
[[noreturn]] void refuse(const FilePosition& at, const std::string& what);

/// Puts a map together. Every error is a UsageError that begins with the position.
class MapBuilder {
 public:
  /// The number of a station: an existing one of this name, or a new one. Throws for an empty name and when
  /// there are more stations than the code can hold.
  int64_t station(const std::string& name, const FilePosition& at);
  int64_t line(const std::string& name, const FilePosition& at);
  bool has_station(const std::string& name) const;
  /// Throws when it has a place already.
  void place(int64_t station, double latitude, double longitude, const FilePosition& at);
  void colour(int64_t line, const std::string& colour);
  /// An edge from one station to another, and back when `both`. Throws when the line has it already, for a
  /// station that is connected with itself, and when there are more edge labels than the code can hold.
  void connect(int64_t line, int64_t from, int64_t to, bool both, const FilePosition& at);

  /// Throws UsageError when nothing is connected (`file` is named).
  NamedGraph finish(const std::string& file) &&;

 private:
  void edge(int64_t line, int64_t from, int64_t to, const FilePosition& at);
  NamedGraph map_;
  std::vector<std::vector<int64_t>> labels_;  // of each line: its first label at a station, its second, …
};

/// A map or family tree from a file or folder, by what it holds: a folder of *.stations.csv, *.lines.csv and
/// *.connections.csv (map_tables.h), a GEDCOM file (*.ged), a file of family triples, or a map as text
/// (map_text.h). Throws DataError when there is no such file and UsageError, with file and line, when it
/// cannot be read.
NamedGraph read_named_graph(const std::string& path);

}  // namespace mneme
