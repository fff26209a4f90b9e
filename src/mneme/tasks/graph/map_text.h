// Maps as a person writes them.
#pragma once

#include "mneme/tasks/graph/named_graph.h"

namespace mneme {

/// One line of text a line of the map, its stations in order, with " - " where one can go both ways and " > "
/// where one can go that way only; a line may have several lines of text. A colour may stand behind the name,
/// and places of stations on lines of their own (for drawing). `#` at the start of a line begins a comment.
///
///     # The middle of London
///     Central (#e32017): Notting Hill Gate - Oxford Circus - Tottenham Court Road
///     Bakerloo: Oxford Circus - Piccadilly Circus
///     Oxford Circus @ 51.5152, -0.1415
///
/// Throws UsageError that begins with file and line: for a line of another form, a station with two places or
/// a place but no line, a connection that is there twice, and more stations or edge labels than the code can
/// hold.
NamedGraph read_map_text(const std::vector<std::string>& lines, const std::string& file);

}  // namespace mneme
