// A map or family tree, a question about it and the answer that was given, beside what the model did.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mneme/core/trace.h"
#include "mneme/tasks/graph/asking.h"

namespace mneme {

/// What a view of the posed question's episode gets in addition (the page draws it above the episode).
/// Arrays:
///
/// | name       | axes          | meaning                                                      |
/// | map_places | station, axis | place, 0..1 from the left and the top; where none is known, on a circle |
/// | map_edges  | edge, part    | station, station, line; once for both ways                   |
/// | map_answer | triple, part  | station, station, line as given; -1 for a label nothing has  |
/// | map_steps  | triple        | the step of the sequence that gave it                        |
///
/// Facts: `map_stations`, `map_lines`, `map_colours` (empty where none is given) and `words` (what was shown
/// or due at each step, in names), each parted by `|`; `question`, `answer`.
struct MapAddition {
  std::vector<TraceArray> arrays;
  std::map<std::string, std::string> facts;
};
MapAddition map_addition(const NamedGraph& graph, const AskedQuestion& asked, const PosedQuestion& posed,
                         const std::vector<Triple>& given);

}  // namespace mneme
