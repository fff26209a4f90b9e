// Directions, positions, sizes and paths: tasks 4 and 17 to 19. All are graphs whose edges are sentences.
#include <algorithm>
#include <deque>
#include <map>

#include "mneme/tasks/babi/solver/rules.h"

namespace mneme {
namespace {

/// `from` lies one step in `direction` of `to`: "the office is north of the hallway".
struct Edge {
  std::string from, direction, to;
  size_t line;
};

const std::map<std::string, std::string> kOpposite = {
    {"north", "south"}, {"south", "north"}, {"east", "west"}, {"west", "east"}};

/// the office is north of the hallway
Edge compass_edge(const Words& words, size_t line) {
  if (words.size() != 7 || !kOpposite.contains(words[3])) not_understood(words);
  return {words[1], words[3], words[6], line};
}

class Directions : public StoryRules {
 public:
  void hear(const Words& words, size_t line) override { edges_.push_back(compass_edge(words, line)); }

  /// what is north of the office, what is the office north of
  Solution answer(const Words& words) const override {
    if (words.size() != 6) not_understood(words);
    const bool asks_from = words[2] != "the";
    const std::string& direction = asks_from ? words[2] : words[4];
    const std::string& known = asks_from ? words[5] : words[3];
    for (const Edge& edge : edges_) {
      if (edge.direction == direction && (asks_from ? edge.to : edge.from) == known)
        return {0, asks_from ? edge.from : edge.to, {edge.line}};
      if (kOpposite.at(edge.direction) == direction && (asks_from ? edge.from : edge.to) == known)
        return {0, asks_from ? edge.to : edge.from, {edge.line}};
    }
    return {};
  }

 private:
  std::vector<Edge> edges_;
};

/// The lines on a shortest way from one node to another, and what each step is called.
struct Way {
  bool found = false;
  std::vector<size_t> lines;
  Words steps;
};

struct Neighbour {
  std::string to, name;
  size_t line;
};
using Neighbours = std::map<std::string, std::vector<Neighbour>>;

Way shortest_way(const Neighbours& graph, const std::string& from, const std::string& to) {
  std::map<std::string, Way> ways;
  ways[from].found = true;
  for (std::deque<std::string> open{from}; !open.empty(); open.pop_front()) {
    if (open.front() == to) break;
    const auto steps = graph.find(open.front());
    if (steps == graph.end()) continue;
    for (const Neighbour& step : steps->second) {
      if (ways.contains(step.to)) continue;
      Way way = ways[open.front()];
      way.lines.push_back(step.line);
      way.steps.push_back(step.name);
      ways[step.to] = way;
      open.push_back(step.to);
    }
  }
  const auto way = ways.find(to);
  return way == ways.end() ? Way{} : way->second;
}

class Paths : public StoryRules {
 public:
  void hear(const Words& words, size_t line) override {
    const Edge edge = compass_edge(words, line);
    graph_[edge.to].push_back({edge.from, edge.direction.substr(0, 1), line});
    graph_[edge.from].push_back({edge.to, kOpposite.at(edge.direction).substr(0, 1), line});
  }

  /// how do you go from the kitchen to the garden
  Solution answer(const Words& words) const override {
    if (words.size() != 10) not_understood(words);
    const Way way = shortest_way(graph_, words[6], words[9]);
    return {0, joined(way.steps, ','), way.lines};
  }

 private:
  Neighbours graph_;
};

class Sizes : public StoryRules {
 public:
  /// the chest is bigger than the box, the box fits inside the chest; "box of chocolates" is one thing
  void hear(const Words& words, size_t line) override {
    if (const size_t verb = find(words, "bigger"); verb < words.size())
      graph_[thing(words, 1, verb - 1)].push_back({thing(words, verb + 3, words.size()), "", line});
    else if (const size_t fits = find(words, "fits"); fits < words.size())
      graph_[thing(words, fits + 3, words.size())].push_back({thing(words, 1, fits), "", line});
    else
      not_understood(words);
  }

  /// does the box fit in the chest, is the chest bigger than the box
  Solution answer(const Words& words) const override {
    const size_t fit = find(words, "fit"), bigger = find(words, "bigger");
    if (fit == words.size() && bigger == words.size()) not_understood(words);
    const std::string first = thing(words, 2, std::min(fit, bigger)),
                      second = thing(words, std::min(fit, bigger) + 3, words.size());
    const std::string &large = fit < words.size() ? second : first,
                      &small = fit < words.size() ? first : second;
    Way way = find_way(large, small);
    const bool yes = way.found;
    if (!yes) way = find_way(small, large);
    if (!way.found) return {};
    // The files name the facts from the bigger thing on where the answer is yes, else from the smaller.
    if (!yes) std::reverse(way.lines.begin(), way.lines.end());
    return {0, yes ? "yes" : "no", way.lines};
  }

 private:
  static size_t find(const Words& words, const std::string& word) {
    return static_cast<size_t>(std::find(words.begin(), words.end(), word) - words.begin());
  }
  static std::string thing(const Words& words, size_t first, size_t last) {
    return joined(Words(words.begin() + static_cast<std::ptrdiff_t>(first),
                        words.begin() + static_cast<std::ptrdiff_t>(last)));
  }

  /// Over one thing between the two where that is possible, as the files have it even where one sentence says
  /// it all; the first such sentences.
  Way find_way(const std::string& large, const std::string& small) const {
    const auto first_steps = graph_.find(large);
    if (first_steps != graph_.end())
      for (const Neighbour& first : first_steps->second) {
        const auto second_steps = graph_.find(first.to);
        if (second_steps == graph_.end()) continue;
        for (const Neighbour& second : second_steps->second)
          if (second.to == small) return {true, {first.line, second.line}, {}};
      }
    return shortest_way(graph_, large, small);
  }

  Neighbours graph_;  // from the bigger to the smaller
};

class Positions : public StoryRules {
 public:
  void hear(const Words& words, size_t line) override {
    const auto [first, relation, second] = parse(words, 1, "is");
    steps_[second].push_back({first, relation, line});
    steps_[first].push_back({second, opposite(relation), line});
  }

  /// is the red square to the left of the triangle: by the sum of the steps from the second to the first
  Solution answer(const Words& words) const override {
    const auto [first, relation, second] = parse(words, 2, "");
    const Way way = shortest_way(steps_, first, second);
    if (!way.found) return {};
    int64_t distance = 0;
    for (const std::string& step : way.steps)
      distance += step == opposite(relation) ? 1 : step == relation ? -1 : 0;
    return {0, distance > 0 ? "yes" : "no", way.lines};
  }

 private:
  struct Parsed {
    std::string first, relation, second;
  };
  static std::string opposite(const std::string& relation) {
    return relation == "left"    ? "right"
           : relation == "right" ? "left"
           : relation == "above" ? "below"
                                 : "above";
  }
  /// the red square [is] to the left of the triangle
  static Parsed parse(const Words& words, size_t from, const std::string& verb) {
    static const std::set<std::string> relations = {"left", "right", "above", "below"};
    for (size_t at = from; at < words.size(); ++at) {
      if (!relations.contains(words[at])) continue;
      const bool side = words[at] == "left" || words[at] == "right";
      const size_t end = at - (side ? 2 : 0) - (verb.empty() ? 0 : 1), next = at + (side ? 3 : 2);
      if (end <= from || next >= words.size()) break;
      const auto part = [&](size_t first, size_t last) {
        return joined(Words(words.begin() + static_cast<std::ptrdiff_t>(first),
                            words.begin() + static_cast<std::ptrdiff_t>(last)));
      };
      return {part(from, end), words[at], part(next, words.size())};
    }
    not_understood(words);
  }

  Neighbours steps_;
};

}  // namespace

std::unique_ptr<StoryRules> direction_rules() {
  return std::make_unique<Directions>();
}
std::unique_ptr<StoryRules> path_rules() {
  return std::make_unique<Paths>();
}
std::unique_ptr<StoryRules> size_rules() {
  return std::make_unique<Sizes>();
}
std::unique_ptr<StoryRules> position_rules() {
  return std::make_unique<Positions>();
}

}  // namespace mneme
