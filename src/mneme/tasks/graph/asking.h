// Questions about a named graph as people write them, and answers in its names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mneme/tasks/graph/episode.h"
#include "mneme/tasks/graph/named_graph.h"

namespace mneme {

/// A question as it was understood.
struct AskedQuestion {
  std::string task;            ///< the name of the task that it is of: "graph-shortest-path"
  std::string words;           ///< "Moorgate -> Piccadilly Circus"
  std::string no_answer;       ///< why there is none; empty where there is one
  std::vector<Triple> answer;  ///< a right one, in the graph's numbers (of a relation, its code)
};

/// | question        | written as                      | or, as triples of (source, destination, edge) |
/// | shortest path   | `Moorgate -> Piccadilly Circus` | `(Moorgate, PiccadillyCircus, _)`             |
/// | traversal       | `Oxford Circus: Central, Circle` | `(OxfordCircus, _, Central), (_, _, Circle)` |
/// | family relation | `Freya's MaternalGreatUncle`    | `(Freya, _, MaternalGreatUncle)`              |
///
/// A step of a traversal may say where it leads: `Central to Bank`. Names are told apart as folded_name does.
/// One family question may have several answers: Alison's Brother is asked once for each brother. Throws
/// UsageError for another form, for stations, people, lines and relations that are not there (with the
/// nearest), and for a traversal that several walks fit.
std::vector<AskedQuestion> parse_question(const NamedGraph& graph, const std::string& text);

/// An episode that holds one question about the graph, its labels drawn at random.
struct PosedQuestion {
  GraphEpisode episode;
  LabelCodes codes;
};
PosedQuestion pose(const NamedGraph& graph, const AskedQuestion& asked, int64_t planning, Random& random);

/// A triple of codes in the graph's names: "Moorgate", "Bank", "Northern"; a code that nothing has is "?".
struct NamedTriple {
  std::string source, destination, edge;
};
NamedTriple name_triple(const NamedGraph& graph, const LabelCodes& codes, const Triple& triple);

}  // namespace mneme
