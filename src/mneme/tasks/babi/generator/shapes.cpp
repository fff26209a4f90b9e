// Where shapes are and which thing is bigger: tasks 17 and 18.
#include <array>

#include "mneme/tasks/babi/generator/families.h"
#include "mneme/tasks/babi/generator/story_text.h"

namespace mneme {
namespace {

const std::array<std::string, 4> kSides = {"above", "below", "to the left of", "to the right of"};

}  // namespace

/// Two shapes beside a third; all questions are about those two. An answer is yes as often as no.
std::string generate_positions(double difficulty, Random& random) {
  const Names shapes = draw_some(
      {"triangle", "red sphere", "red square", "blue square", "yellow square", "pink rectangle"}, 3, random);
  const size_t first_side = draw_index(4, random), second_side = (first_side + 1 + draw_index(3, random)) % 4;
  const std::array<size_t, 2> sides = {first_side,
                                       second_side};  // of the third shape, where the first two lie
  constexpr double kThirdFirst = 2.0 / 3;             // how often a sentence starts with the third shape

  StoryText story;
  for (size_t i = 0; i < 2; ++i) {
    const bool third_first = random.coin(kThirdFirst);
    story.say("The " + (third_first ? shapes[2] : shapes[i]) + " is " +
              kSides[third_first ? opposite(sides[i]) : sides[i]] + " the " +
              (third_first ? shapes[i] : shapes[2]));
  }
  for (size_t question = at_difficulty(difficulty, 1, 8); question > 0; --question) {
    const size_t first = draw_index(2, random);  // the second shape is the other one
    std::vector<size_t> right = {sides[first]}, wrong;
    if (const size_t also = opposite(sides[1 - first]); also != right[0]) right.push_back(also);
    for (size_t relation = 0; relation < 4; ++relation)
      if (std::find(right.begin(), right.end(), relation) == right.end()) wrong.push_back(relation);
    const bool yes = random.coin();
    story.ask("Is the " + shapes[first] + " " + kSides[draw(yes ? right : wrong, random)] + " the " +
                  shapes[1 - first],
              yes ? "yes" : "no", {static_cast<int64_t>(first) + 1, static_cast<int64_t>(2 - first)});
  }
  return story.text();
}

/// Chocolates go into their box, and that into four greater things, which have any order. A question takes
/// two facts.
std::string generate_sizes(double difficulty, Random& random) {
  Names things = draw_some({"box", "chest", "container", "suitcase"}, 4, random);
  things.insert(things.begin(), {"chocolate", "box of chocolates"});  // by rising size
  struct Fact {
    size_t small, large;
    int64_t line;
  };
  std::vector<Fact> facts;
  std::vector<std::pair<Fact, Fact>> ways;  // from a large thing over another to a small one
  StoryText story;
  while (ways.empty()) {
    for (size_t i = at_difficulty(difficulty, 3, 5); i > 0; --i) {
      const size_t one = draw_index(6, random), other = (one + 1 + draw_index(5, random)) % 6;
      const size_t small = std::min(one, other), large = std::max(one, other);
      facts.push_back(
          {small, large,
           story.say("The " + (random.coin() ? things[large] + " is bigger than the " + things[small]
                                             : things[small] + " fits inside the " + things[large]))});
    }
    for (const Fact& first : facts)
      for (const Fact& second : facts)
        if (first.small == second.large) ways.emplace_back(first, second);
  }
  for (size_t question = at_difficulty(difficulty, 1, 5); question > 0; --question) {
    const auto& [first, second] = draw(ways, random);
    const bool yes = random.coin();
    const std::string &large = things[yes ? first.large : second.small],
                      &small = things[yes ? second.small : first.large];
    std::vector<int64_t> support = {first.line, second.line};
    if (!yes) std::swap(support[0], support[1]);
    story.ask(random.coin() ? "Does the " + small + " fit in the " + large
                            : "Is the " + large + " bigger than the " + small,
              yes ? "yes" : "no", support);
  }
  return story.text();
}

}  // namespace mneme
