// Maps as tables of stations, lines and connections.
#pragma once

#include "mneme/tasks/graph/named_graph.h"

namespace mneme {

/// The folder's one file of each kind, comma-separated with a line of headings, of which these are read (as
/// in the published London table, which has more):
///
/// | file              | columns                                             |
/// | *.stations.csv    | id, name; latitude, longitude (may be absent)       |
/// | *.lines.csv       | line, name; colour as six hexadecimal digits (may be absent) |
/// | *.connections.csv | station1, station2, line: both ways                 |
///
/// " Line" at the end of a line's name is left out. Throws DataError when a table is not there, UsageError
/// that begins with file and line: for a table without lines or columns, an id that is there twice or that no
/// table has, two stations of the same name, a connection that is there twice, more stations or edge labels
/// than the code can hold.
NamedGraph read_map_tables(const std::string& folder);

}  // namespace mneme
