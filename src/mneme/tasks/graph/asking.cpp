#include "mneme/tasks/graph/asking.h"

#include <algorithm>
#include <map>

#include "mneme/core/error.h"
#include "mneme/core/nearest_words.h"
#include "mneme/tasks/graph/family.h"
#include "mneme/tasks/graph/inference.h"
#include "mneme/tasks/graph/paths.h"
#include "mneme/tasks/graph/shortest_path.h"
#include "mneme/tasks/graph/text_file.h"
#include "mneme/tasks/graph/traversal.h"

namespace mneme {
namespace {

constexpr size_t kMostWalks = 1000;  // that a traversal's lines may fit before the search gives up
constexpr size_t kWalksNamed = 3;    // in the refusal of an ambiguous traversal
constexpr auto kForms =
    "expected such as \"Moorgate -> Piccadilly Circus\", \"Oxford Circus: Central, Circle\" or \"Freya's "
    "Mother\"";

/// A step of a traversal: a line, and where it leads or kBlank.
struct Step {
  int64_t line, destination;
};

std::string hint_text(const std::string& name, const std::vector<std::string>& names) {
  std::vector<std::string> folded;
  for (const auto& each : names) folded.push_back(folded_name(each));
  const auto nearest = nearest_words(folded_name(name), folded, 1);
  if (nearest.empty()) return "";
  const auto index = std::ranges::find(folded, nearest.front()) - folded.begin();
  return "; did you mean " + names[static_cast<size_t>(index)] + "?";
}

int64_t line_named(const NamedGraph& graph, const std::string& name) {
  std::vector<std::string> names;
  for (const MapLine& line : graph.lines) {
    if (folded_name(line.name) == folded_name(name)) return static_cast<int64_t>(names.size());
    names.push_back(line.name);
  }
  throw UsageError("unknown line " + name + hint_text(name, names));
}

Step step_of(const NamedGraph& graph, const std::string& text) {
  const size_t to = text.find(" to ");
  if (to == std::string::npos) return {line_named(graph, text), kBlank};
  return {line_named(graph, trimmed(text.substr(0, to))),
          node_named(graph, trimmed(text.substr(to + 4)), "station")};
}

using Walk = std::vector<Triple>;

/// Every walk that takes these steps one after the other, and how far one comes.
void find_walks(const NamedGraph& graph, const std::vector<std::vector<Triple>>& outgoing,
                const std::vector<Step>& steps, Walk& walk, int64_t here, std::vector<Walk>& found,
                Walk& farthest) {
  if (walk.size() > farthest.size()) farthest = walk;
  if (walk.size() == steps.size()) {
    found.push_back(walk);
    return;
  }
  const Step& step = steps[walk.size()];
  for (const Triple& triple : outgoing[static_cast<size_t>(here)]) {
    if (graph.line_of_label[static_cast<size_t>(triple.edge)] != step.line || found.size() == kMostWalks)
      continue;
    if (step.destination != kBlank && triple.destination != step.destination) continue;
    walk.push_back(triple);
    find_walks(graph, outgoing, steps, walk, triple.destination, found, farthest);
    walk.pop_back();
  }
}

/// "Central to Bank, Northern to Moorgate"
std::string walk_text(const NamedGraph& graph, const Walk& walk) {
  std::string text;
  for (const Triple& triple : walk)
    text += (text.empty() ? "" : ", ") + graph.line_name(triple.edge) + " to " +
            graph.nodes[static_cast<size_t>(triple.destination)];
  return text;
}

AskedQuestion ask_walk(const NamedGraph& graph, const std::string& start,
                       const std::vector<std::string>& texts) {
  const int64_t from = node_named(graph, start, "station");
  std::vector<Step> steps;
  std::string lines;
  for (const auto& text : texts) {
    steps.push_back(step_of(graph, text));
    lines += (lines.empty() ? "" : ", ") + text;
  }
  AskedQuestion asked{"graph-traversal", graph.nodes[static_cast<size_t>(from)] + ": " + lines, "", {}};
  std::vector<Walk> walks;
  Walk walk, farthest;
  find_walks(graph, outgoing_triples(graph.graph), steps, walk, from, walks, farthest);
  if (walks.empty()) {
    const int64_t here = farthest.empty() ? from : farthest.back().destination;
    asked.no_answer = "no " + texts[farthest.size()] + " leaves " + graph.nodes[static_cast<size_t>(here)] +
                      (farthest.empty() ? "" : ", where the lines before lead");
    return asked;
  }
  if (walks.size() > 1) {
    std::string choices;
    for (size_t i = 0; i < std::min(walks.size(), kWalksNamed); ++i)
      choices += "\n  " + asked.words.substr(0, asked.words.find(':')) + ": " + walk_text(graph, walks[i]);
    throw UsageError((walks.size() == kMostWalks ? "many" : std::to_string(walks.size())) +
                     " walks fit the lines; say where they lead, as in" + choices);
  }
  asked.answer = walks.front();
  return asked;
}

AskedQuestion ask_path(const NamedGraph& graph, const std::string& start, const std::string& goal) {
  const int64_t from = node_named(graph, start, "station"), to = node_named(graph, goal, "station");
  const std::string start_name = graph.nodes[static_cast<size_t>(from)],
                    goal_name = graph.nodes[static_cast<size_t>(to)];
  AskedQuestion asked{"graph-shortest-path", start_name + " -> " + goal_name, "", {}};
  const PathsTo paths(graph.graph.triples, to);
  if (from == to)
    asked.no_answer = goal_name + " is where one is already";
  else if (paths.distance(from) == kBlank)
    asked.no_answer = "no path leads from " + start_name + " to " + goal_name;
  else
    for (int64_t here = from; here != to; here = asked.answer.back().destination)
      asked.answer.push_back(paths.optimal(here).front());
  return asked;
}

std::vector<AskedQuestion> ask_relation(const NamedGraph& graph, const std::string& person,
                                        const std::string& relation) {
  const int64_t from = node_named(graph, person, "person");
  std::vector<std::pair<int64_t, std::vector<int64_t>>> meant;  // code and steps
  if (const int64_t step = family_step_named(relation); step != kBlank) meant.push_back({step, {step}});
  for (const int64_t index : relations_named(relation))
    meant.emplace_back(relation_code(index), relations()[static_cast<size_t>(index)].steps);
  if (meant.empty()) {
    std::vector<std::string> names;
    for (int64_t step = 0; step < family_step::kCount; ++step) names.push_back(family_step_name(step));
    for (const Relation& each : relations()) names.push_back(each.name);
    throw UsageError("unknown relation " + relation + hint_text(relation, names));
  }
  const std::string words = graph.nodes[static_cast<size_t>(from)] + "'s " + relation;
  std::map<int64_t, int64_t> relatives;  // who, by which relation first
  const FamilySteps family(graph.graph);
  for (const auto& [code, steps] : meant)
    if (const auto relative = family.follow(from, steps)) relatives.emplace(*relative, code);
  if (relatives.empty())
    return {{"graph-inference", words, graph.nodes[static_cast<size_t>(from)] + " has no " + relation, {}}};
  std::vector<AskedQuestion> all;
  for (const auto& [relative, code] : relatives)
    all.push_back({"graph-inference", words, "", {{from, code, relative}}});
  return all;
}

bool blank(const std::string& word) {
  return word == "_";
}

/// "(a, b, c), (d, e, f)": the words of each bracket. The lecture's slide leaves out a comma: "(_, _
/// Circle)".
std::vector<std::vector<std::string>> bracketed(const std::string& text) {
  std::vector<std::vector<std::string>> triples;
  for (size_t open = text.find('('); open != std::string::npos; open = text.find('(', open + 1)) {
    const size_t close = text.find(')', open);
    auto words = split(std::string_view(text).substr(open + 1, std::min(close, text.size()) - open - 1), ",");
    if (words.size() == 2 && words[1].starts_with("_ ")) words = {words[0], "_", trimmed(words[1].substr(2))};
    if (close == std::string::npos || words.size() != 3)
      throw UsageError("the question " + text +
                       " is no list of triples, expected such as (Moorgate, Bank, _)");
    triples.push_back(words);
  }
  return triples;
}

std::vector<AskedQuestion> ask_triples(const NamedGraph& graph, const std::string& text) {
  const auto triples = bracketed(text);
  const auto& first = triples.front();
  if (triples.size() == 1 && !blank(first[0]) && !blank(first[1]) && blank(first[2]) && !graph.family)
    return {ask_path(graph, first[0], first[1])};
  if (triples.size() == 1 && !blank(first[0]) && blank(first[1]) && !blank(first[2]) && graph.family)
    return ask_relation(graph, first[0], first[2]);
  std::vector<std::string> lines;
  for (size_t i = 0; i < triples.size(); ++i) {
    if (blank(triples[i][0]) != (i > 0) || !blank(triples[i][1]) || blank(triples[i][2]) || graph.family)
      throw UsageError("the question " + text + " has blanks (_) where none of the tasks has them; " +
                       kForms);
    lines.push_back(triples[i][2]);
  }
  return {ask_walk(graph, first[0], lines)};
}

}  // namespace

std::vector<AskedQuestion> parse_question(const NamedGraph& graph, const std::string& text) {
  const std::string question = trimmed(text);
  if (question.starts_with('(')) return ask_triples(graph, question);
  if (graph.family) {
    const size_t owner = question.find("'s ");
    if (owner != std::string::npos)
      return ask_relation(graph, trimmed(question.substr(0, owner)), trimmed(question.substr(owner + 3)));
  } else if (const size_t arrow = question.find("->"); arrow != std::string::npos) {
    return {ask_path(graph, trimmed(question.substr(0, arrow)), trimmed(question.substr(arrow + 2)))};
  } else if (const size_t colon = question.find(':'); colon != std::string::npos) {
    return {ask_walk(graph, trimmed(question.substr(0, colon)), split(question.substr(colon + 1), ","))};
  }
  throw UsageError("the question " + question + " has no form of this " +
                   (graph.family ? "family tree" : "map") + ", " + kForms);
}

PosedQuestion pose(const NamedGraph& graph, const AskedQuestion& asked, int64_t planning, Random& random) {
  PosedQuestion posed;
  posed.codes = graph.family ? draw_family_codes(graph.graph, random) : draw_codes(graph.graph, random);
  posed.episode.description = draw_description(graph.graph, posed.codes, random);
  if (graph.family) {
    const Triple& answer = asked.answer.front();
    posed.episode.questions = {
        relation_question({posed.codes.nodes[static_cast<size_t>(answer.source)], answer.edge,
                           posed.codes.nodes[static_cast<size_t>(answer.destination)]},
                          planning)};
  } else {
    const auto coded = posed.codes.encode(asked.answer);
    posed.episode.questions = {asked.task == "graph-traversal" ? walk_question(coded)
                                                               : path_question(coded, planning)};
  }
  return posed;
}

NamedTriple name_triple(const NamedGraph& graph, const LabelCodes& codes, const Triple& triple) {
  const auto node = [&](int64_t code) {
    const auto found = std::ranges::find(codes.nodes, code);
    return found == codes.nodes.end() ? "?" : graph.nodes[static_cast<size_t>(found - codes.nodes.begin())];
  };
  std::string edge = "?";
  const int64_t first_relation = relation_code(0);
  if (graph.family && triple.edge >= first_relation) {
    const auto index = static_cast<size_t>(triple.edge - first_relation);
    if (index < relations().size()) edge = relations()[index].name;
  } else if (const auto found = std::ranges::find(codes.edges, triple.edge); found != codes.edges.end()) {
    edge = graph.line_name(found - codes.edges.begin());
  }
  return {node(triple.source), node(triple.destination), edge};
}

}  // namespace mneme
