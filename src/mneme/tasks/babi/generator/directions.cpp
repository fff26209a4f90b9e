// Places to the north, south, east and west of each other: tasks 4 (what is next to what) and 19 (how to go).
#include <array>
#include <map>

#include "mneme/tasks/babi/generator/families.h"
#include "mneme/tasks/babi/generator/story_text.h"

namespace mneme {
namespace {

const std::array<std::string, 4> kDirections = {"north", "south", "east", "west"};
constexpr std::array<int, 4> kEast = {0, 0, 1, -1}, kNorth = {1, -1, 0, 0};

}  // namespace

/// Three places in a line: what lies in the middle is said, two times of three, to be what others lie beside.
std::string generate_directions(Random& random) {
  const Names places = draw_some(kPlaces, 3, random);
  const size_t direction = draw_index(4, random);
  constexpr double kMiddleSecond = 2.0 / 3;
  struct Fact {
    std::string first, second;
    size_t direction;
  };
  std::vector<Fact> facts;
  for (const size_t side : {direction, opposite(direction)}) {
    const std::string& outer = places[facts.size() + 1];  // lies on `side` of the middle
    facts.push_back(random.coin(kMiddleSecond) ? Fact{outer, places[0], side}
                                               : Fact{places[0], outer, opposite(side)});
  }
  random.shuffle(facts);
  StoryText story;
  for (const Fact& fact : facts)
    story.say("The " + fact.first + " is " + kDirections[fact.direction] + " of the " + fact.second);
  const size_t asked = draw_index(2, random);
  const Fact& fact = facts[asked];
  story.ask(random.coin()
                ? "What is " + kDirections[fact.direction] + " of the " + fact.second
                : "What is the " + fact.second + " " + kDirections[opposite(fact.direction)] + " of",
            fact.first, {static_cast<int64_t>(asked) + 1});
  return story.text();
}

/// A tree of places on a grid. The way that is asked for has two steps; other places only distract.
std::string generate_paths(double difficulty, Random& random) {
  struct Cell {
    int east, north;
    bool operator<(const Cell& other) const {
      return east != other.east ? east < other.east : north < other.north;
    }
  };
  struct Fact {
    size_t first, direction, second;
    int64_t line;
  };
  const Names places = draw_some(kPlaces, at_difficulty(difficulty, 3, 6), random);
  std::vector<Cell> cells = {{0, 0}};
  std::map<Cell, size_t> taken = {{cells[0], 0}};
  std::vector<Fact> facts;
  while (cells.size() < places.size()) {
    const size_t from = draw_index(cells.size(), random), direction = draw_index(4, random);
    const Cell cell{cells[from].east + kEast[direction], cells[from].north + kNorth[direction]};
    const size_t place = cells.size();
    if (!taken.emplace(cell, place).second) continue;
    cells.push_back(cell);
    facts.push_back(random.coin() ? Fact{place, direction, from, 0}
                                  : Fact{from, opposite(direction), place, 0});
  }
  random.shuffle(facts);
  StoryText story;
  for (Fact& fact : facts)
    fact.line = story.say("The " + places[fact.first] + " is " + kDirections[fact.direction] + " of the " +
                          places[fact.second]);

  // A step to the first place of a fact goes in its direction, one to the second goes the other way.
  struct Step {
    size_t from, to, direction;
    int64_t line;
  };
  std::vector<Step> steps;
  for (const Fact& fact : facts) {
    steps.push_back({fact.second, fact.first, fact.direction, fact.line});
    steps.push_back({fact.first, fact.second, opposite(fact.direction), fact.line});
  }
  std::vector<std::pair<Step, Step>> ways;
  for (const Step& first : steps)
    for (const Step& second : steps)
      if (second.from == first.to && second.to != first.from) ways.emplace_back(first, second);
  const auto& [first, second] = draw(ways, random);
  story.ask("How do you go from the " + places[first.from] + " to the " + places[second.to],
            kDirections[first.direction].substr(0, 1) + "," + kDirections[second.direction].substr(0, 1),
            {first.line, second.line});
  return story.text();
}

}  // namespace mneme
