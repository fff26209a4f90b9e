#include "mneme/tasks/graph/map_tables.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>

#include "mneme/core/error.h"
#include "mneme/tasks/graph/text_file.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;

/// The cells of a line; a cell in quotes may hold commas, and quotes as two of them.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      if (quoted && i + 1 < line.size() && line[i + 1] == '"')
        cells.back() += line[++i];
      else
        quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += line[i];
    }
  }
  return cells;
}

/// One table, read row by row.
class Table {
 public:
  Table(const std::string& folder, const std::string& kind) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name != kind + ".csv" && !name.ends_with("." + kind + ".csv")) continue;
      if (!file_.empty())
        throw UsageError(folder + ": two tables of " + kind + ", " + fs::path(file_).filename().string() +
                         " and " + name);
      file_ = entry.path().string();
    }
    if (file_.empty()) throw DataError(folder + ": no table of " + kind + " (*." + kind + ".csv)");
    lines_ = read_lines(file_);
    headings_ = cells_of(lines_.front());
    if (lines_.size() < 2) throw UsageError(file_ + ":1: the table has no row");
  }

  const std::string& file() const { return file_; }

  /// Calls `row(cell, at)` for every row, `cell(heading)` being the row's value under a heading.
  template <class Row>
  void for_rows(const Row& row) const {
    for (size_t i = 1; i < lines_.size(); ++i) {
      if (trimmed(lines_[i]).empty()) continue;
      const FilePosition at{file_, static_cast<int64_t>(i) + 1};
      const auto cells = cells_of(lines_[i]);
      if (cells.size() != headings_.size())
        refuse(at, std::to_string(cells.size()) + " cells, expected " + std::to_string(headings_.size()) +
                       " as in the first line");
      row([&](const std::string& heading) { return cells[column(heading)]; }, at);
    }
  }

  bool has(const std::string& heading) const {
    return std::ranges::find(headings_, heading) != headings_.end();
  }

 private:
  size_t column(const std::string& heading) const {
    const auto found = std::ranges::find(headings_, heading);
    if (found == headings_.end()) throw UsageError(file_ + ":1: no column " + heading);
    return static_cast<size_t>(found - headings_.begin());
  }

  std::string file_;
  std::vector<std::string> lines_, headings_;
};

double number(const std::string& text, const std::string& heading, const FilePosition& at) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size())
    refuse(at, heading + " is " + text + ", expected a number");
  return value;
}

/// Numbers by id.
class Ids {
 public:
  explicit Ids(std::string what) : what_(std::move(what)) {}
  void add(const std::string& id, int64_t number, const FilePosition& at) {
    if (!numbers_.emplace(id, number).second) refuse(at, what_ + " " + id + " is there twice");
  }
  int64_t of(const std::string& id, const std::string& table, const FilePosition& at) const {
    const auto found = numbers_.find(id);
    if (found == numbers_.end())
      refuse(at, what_ + " " + id + " is not in " + fs::path(table).filename().string());
    return found->second;
  }

 private:
  std::string what_;
  std::map<std::string, int64_t> numbers_;
};

std::string without_line(const std::string& name) {
  constexpr std::string_view kLine = " Line";
  return name.ends_with(kLine) ? name.substr(0, name.size() - kLine.size()) : name;
}

}  // namespace

NamedGraph read_map_tables(const std::string& folder) {
  const Table stations(folder, "stations"), lines(folder, "lines"), connections(folder, "connections");
  MapBuilder map;
  Ids station_ids("station"), line_ids("line");
  stations.for_rows([&](const auto& cell, const FilePosition& at) {
    const std::string name = cell("name");
    if (map.has_station(name)) refuse(at, "station " + name + " is there twice");
    const int64_t station = map.station(name, at);
    station_ids.add(cell("id"), station, at);
    if (stations.has("latitude") && stations.has("longitude"))
      map.place(station, number(cell("latitude"), "latitude", at), number(cell("longitude"), "longitude", at),
                at);
  });
  lines.for_rows([&](const auto& cell, const FilePosition& at) {
    const int64_t line = map.line(without_line(cell("name")), at);
    line_ids.add(cell("line"), line, at);
    if (lines.has("colour")) map.colour(line, std::string("#").append(cell("colour")));
  });
  connections.for_rows([&](const auto& cell, const FilePosition& at) {
    const int64_t from = station_ids.of(cell("station1"), stations.file(), at);
    const int64_t to = station_ids.of(cell("station2"), stations.file(), at);
    map.connect(line_ids.of(cell("line"), lines.file(), at), from, to, true, at);
  });
  return std::move(map).finish(connections.file());
}

}  // namespace mneme
