// What follows from somebody's kind: tasks 15 (its fears) and 16 (its colour).
#include <array>

#include "mneme/tasks/babi/generator/families.h"
#include "mneme/tasks/babi/generator/story_text.h"

namespace mneme {
namespace {

/// Facts in random order, but each after the one that it `needs` (an index; its own: none).
std::vector<size_t> order_of(const std::vector<size_t>& needs, Random& random) {
  std::vector<size_t> order;
  std::vector<bool> said(needs.size(), false);
  while (order.size() < needs.size()) {
    const size_t fact = draw_index(needs.size(), random);
    if (said[fact] || (needs[fact] != fact && !said[needs[fact]])) continue;
    said[fact] = true;
    order.push_back(fact);
  }
  return order;
}

}  // namespace

/// Every kind is afraid of another. A kind's fear is told before anybody is said to be of that kind.
std::string generate_deductions(double difficulty, Random& random) {
  static const std::vector<std::pair<std::string, std::string>> all = {
      {"mouse", "mice"}, {"cat", "cats"}, {"wolf", "wolves"}, {"sheep", "sheep"}};
  auto kinds = all;
  random.shuffle(kinds);
  const size_t count = at_difficulty(difficulty, 2, 4);
  kinds.resize(count);
  const Names names = draw_some({"Emily", "Gertrude", "Jessica", "Winona"}, count, random);
  std::vector<size_t> fears, kind_of, needs;
  for (size_t kind = 0; kind < count; ++kind) {
    fears.push_back((kind + 1 + draw_index(count - 1, random)) % count);
    needs.push_back(kind);
  }
  for (size_t name = 0; name < count; ++name) {
    kind_of.push_back(draw_index(count, random));
    needs.push_back(kind_of[name]);
  }

  StoryText story;
  std::vector<int64_t> line(2 * count);
  for (const size_t fact : order_of(needs, random)) {
    std::string plural = kinds[fact < count ? fact : 0].second;
    plural[0] = static_cast<char>(plural[0] - 'a' + 'A');
    line[fact] =
        story.say(fact < count ? plural + " are afraid of " + kinds[fears[fact]].second
                               : names[fact - count] + " is a " + kinds[kind_of[fact - count]].first);
  }
  for (size_t question = at_difficulty(difficulty, 1, 4); question > 0; --question) {
    const size_t name = draw_index(count, random), kind = kind_of[name];
    std::string lower = names[name];
    lower[0] = static_cast<char>(lower[0] - 'A' + 'a');
    story.ask("What is " + lower + " afraid of", kinds[fears[kind]].first, {line[count + name], line[kind]});
  }
  return story.text();
}

/// The last animal has the colour of the latest other one of its kind. Kinds mostly have a colour, but
/// animals of one kind may differ. How many others are of the asked kind follows the published stories, where
/// it is never two.
std::string generate_inductions(double difficulty, Random& random) {
  static const Names kinds = {"frog", "lion", "rhino", "swan"},
                     colours = {"gray", "green", "white", "yellow"};
  constexpr double kColourOfKind = 0.58, kAskedLast = 0.3;            // fitted
  static const std::vector<double> asked = {0, 1, 0, 1.0 / 3, 0.25};  // chance by the number of others
  const size_t others = at_difficulty(difficulty, 2, 4);
  const Names names = draw_some({"Bernhard", "Brian", "Greg", "Julius", "Lily"}, others + 1, random);
  std::vector<size_t> kind_of(others + 1);
  for (;;) {
    for (size_t name = 0; name < others; ++name) kind_of[name] = draw_index(kinds.size(), random);
    kind_of[others] = kind_of[draw_index(others, random)];
    const auto same = std::count(kind_of.begin(), kind_of.end() - 1, kind_of[others]);
    if (random.coin(asked[static_cast<size_t>(same)])) break;
  }
  std::vector<size_t> colour_of_kind, colour_of;
  for (size_t kind = 0; kind < kinds.size(); ++kind)
    colour_of_kind.push_back(draw_index(colours.size(), random));
  for (size_t name = 0; name < others; ++name)
    colour_of.push_back(random.coin(kColourOfKind) ? colour_of_kind[kind_of[name]]
                                                   : draw_index(colours.size(), random));

  // Facts: the kinds of all names, then the colours of all but the last, each after its kind.
  std::vector<size_t> needs;
  for (size_t name = 0; name <= others; ++name) needs.push_back(name);
  for (size_t name = 0; name < others; ++name) needs.push_back(name);
  StoryText story;
  std::vector<int64_t> line(needs.size());
  size_t like = 0;
  auto order = order_of(needs, random);
  if (random.coin(kAskedLast)) {
    std::erase(order, others);
    order.push_back(others);
  }
  for (const size_t fact : order) {
    line[fact] =
        story.say(fact <= others ? names[fact] + " is a " + kinds[kind_of[fact]]
                                 : names[fact - others - 1] + " is " + colours[colour_of[fact - others - 1]]);
    if (fact < others && kind_of[fact] == kind_of[others]) like = fact;
  }
  story.ask("What color is " + names[others], colours[colour_of[like]],
            {line[others], line[like], line[others + 1 + like]});
  return story.text();
}

}  // namespace mneme
