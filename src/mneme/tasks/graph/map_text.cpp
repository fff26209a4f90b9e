#include "mneme/tasks/graph/map_text.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "mneme/core/error.h"
#include "mneme/tasks/graph/text_file.h"

namespace mneme {
namespace {

constexpr auto kExpected =
    "expected \"line: station - station - …\", \"station @ latitude, longitude\" or a comment after #";

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_colour(const std::string& text) {
  return text.size() == 7 && text[0] == '#' &&
         text.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string::npos;
}

void read_line(MapBuilder& map, const std::string& text, const FilePosition& at) {
  const size_t colon = text.find(':');
  std::string name = trimmed(text.substr(0, colon)), colour;
  if (const size_t open = name.find('('); open != std::string::npos && name.ends_with(')')) {
    colour = name.substr(open + 1, name.size() - open - 2);
    if (!is_colour(colour)) refuse(at, "the colour is " + colour + ", expected such as #e32017");
    name = trimmed(name.substr(0, open));
  }
  const int64_t line = map.line(name, at);
  if (!colour.empty()) map.colour(line, colour);

  const std::string rest = text.substr(colon + 1);
  int64_t last = kBlank, stations = 0;
  bool both = true;
  for (size_t start = 0; start <= rest.size();) {
    const size_t end = std::min({rest.find(" - ", start), rest.find(" > ", start), rest.size()});
    const int64_t station = map.station(trimmed(rest.substr(start, end - start)), at);
    if (last != kBlank) map.connect(line, last, station, both, at);
    last = station;
    ++stations;
    if (end == rest.size()) break;
    both = rest[end + 1] == '-';
    start = end + 3;
  }
  if (stations < 2) refuse(at, "the line " + name + " has one station, expected two or more");
}

}  // namespace

NamedGraph read_map_text(const std::vector<std::string>& lines, const std::string& file) {
  MapBuilder map;
  struct Place {
    std::string station;
    double latitude, longitude;
    FilePosition at;
  };
  std::vector<Place> places;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string text = trimmed(lines[i]);
    const FilePosition at{file, static_cast<int64_t>(i) + 1};
    if (text.empty() || text.starts_with('#')) continue;
    if (const size_t sign = text.rfind(" @ "); sign != std::string::npos) {
      const auto numbers = split(text.substr(sign + 3), ",");
      const auto latitude = number(numbers.front()), longitude = number(numbers.back());
      if (numbers.size() != 2 || !latitude || !longitude)
        refuse(at, "the place is " + trimmed(text.substr(sign + 3)) +
                       ", expected latitude, longitude such as 51.5152, -0.1415");
      places.push_back({trimmed(text.substr(0, sign)), *latitude, *longitude, at});
    } else if (text.find(':') != std::string::npos) {
      read_line(map, text, at);
    } else {
      refuse(at, text + " is neither a line nor a place; " + kExpected);
    }
  }
  for (const Place& place : places) {
    if (!map.has_station(place.station)) refuse(place.at, "no line stops at " + place.station);
    map.place(map.station(place.station, place.at), place.latitude, place.longitude, place.at);
  }
  return std::move(map).finish(file);
}

}  // namespace mneme
