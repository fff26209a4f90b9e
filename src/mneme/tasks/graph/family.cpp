#include "mneme/tasks/graph/family.h"

#include <algorithm>

#include "mneme/core/error.h"

namespace mneme {
namespace {

constexpr double kWithinTree = 0.4;  // couples whose second member is in the tree already
constexpr double kMarried = 0.9;
constexpr int64_t kMostOfACouple = 4;

struct Person {
  bool male;
  int64_t generation;
  int64_t couple_of_parents;  // -1: not in the tree
  bool single = true;
  int64_t sons = 0, daughters = 0;
};

class FamilyMaker {
 public:
  FamilyMaker(int64_t people, Random& random) : wanted_(people), random_(random) {}

  Graph make() {
    const int64_t ancestor = add(random_.coin(), 0, -1);
    found_couple(ancestor);
    while (count() < wanted_) {
      // Somebody new who marries needs a child, too, to be of any use: with one place left, a couple has one
      // more.
      const auto single = wanted_ - count() >= 2 ? draw_single() : kBlank;
      if (single == kBlank)
        bear_child(random_.integer(0, couples_ - 1));
      else
        found_couple(single);
    }
    std::ranges::stable_sort(graph_.triples, {}, &Triple::source);
    graph_.nodes = wanted_;
    graph_.labels = family_step::kCount;
    return graph_;
  }

 private:
  int64_t count() const { return static_cast<int64_t>(people_.size()); }

  int64_t add(bool male, int64_t generation, int64_t parents) {
    people_.push_back({male, generation, parents});
    return count() - 1;
  }

  /// One who may marry, or kBlank.
  int64_t draw_single() const {
    std::vector<int64_t> singles;
    for (int64_t person = 0; person < count(); ++person)
      if (people_[static_cast<size_t>(person)].single) singles.push_back(person);
    return singles.empty() ? kBlank : pick(singles);
  }

  int64_t pick(const std::vector<int64_t>& from) const {
    return from[static_cast<size_t>(random_.integer(0, static_cast<int64_t>(from.size()) - 1))];
  }

  void found_couple(int64_t one) {
    const Person first = people_[static_cast<size_t>(one)];
    std::vector<int64_t> fitting;
    for (int64_t other = 0; other < count(); ++other) {
      const Person& person = people_[static_cast<size_t>(other)];
      if (person.single && person.male != first.male && person.generation == first.generation &&
          person.couple_of_parents != first.couple_of_parents)
        fitting.push_back(other);
    }
    const int64_t other = fitting.empty() || !random_.coin(kWithinTree)
                              ? add(!first.male, first.generation, -1)
                              : pick(fitting);
    people_[static_cast<size_t>(one)].single = people_[static_cast<size_t>(other)].single = false;
    const int64_t man = first.male ? one : other, woman = first.male ? other : one;
    fathers_.push_back(man);
    mothers_.push_back(woman);
    if (random_.coin(kMarried)) {
      graph_.triples.push_back({man, family_step::wife, woman});
      graph_.triples.push_back({woman, family_step::husband, man});
    }
    const int64_t children = random_.integer(1, kMostOfACouple);
    for (int64_t child = 0; child < children && count() < wanted_; ++child) bear_child(couples_);
    ++couples_;
  }

  void bear_child(int64_t couple) {
    const int64_t father = fathers_[static_cast<size_t>(couple)],
                  mother = mothers_[static_cast<size_t>(couple)];
    const Person parent = people_[static_cast<size_t>(father)];
    bool male = random_.coin();
    if ((male ? parent.sons : parent.daughters) == family_step::kMostChildren) male = !male;
    if ((male ? parent.sons : parent.daughters) == family_step::kMostChildren) return;
    const int64_t child = add(male, parent.generation + 1, couple);
    for (const int64_t each : {father, mother}) {
      Person& person = people_[static_cast<size_t>(each)];
      const int64_t step = male ? family_step::son(++person.sons) : family_step::daughter(++person.daughters);
      graph_.triples.push_back({each, step, child});
      graph_.triples.push_back({child, each == father ? family_step::father : family_step::mother, each});
    }
  }

  int64_t wanted_;
  Random& random_;
  std::vector<Person> people_;
  std::vector<int64_t> fathers_, mothers_;  // of each couple
  int64_t couples_ = 0;
  Graph graph_;
};

}  // namespace

Graph random_family(int64_t people, Random& random) {
  if (people < 3) throw Error("random_family: people is " + std::to_string(people) + ", expected at least 3");
  return FamilyMaker(people, random).make();
}

FamilySteps::FamilySteps(const Graph& family)
    : table_(static_cast<size_t>(family.nodes * family_step::kCount), kBlank) {
  for (const Triple& triple : family.triples) {
    int64_t& entry = table_[static_cast<size_t>(triple.source * family_step::kCount + triple.edge)];
    if (entry != kBlank)
      throw Error("FamilySteps: person " + std::to_string(triple.source) + " has two edges " +
                  family_step_name(triple.edge));
    entry = triple.destination;
  }
}

std::optional<int64_t> FamilySteps::follow(int64_t person, const std::vector<int64_t>& steps) const {
  const auto way = walk(person, steps);
  return way ? std::optional(way->back().destination) : std::nullopt;
}

std::optional<std::vector<Triple>> FamilySteps::walk(int64_t person, const std::vector<int64_t>& steps) const {
  std::vector<Triple> way;
  for (const int64_t each : steps) {
    const int64_t here = way.empty() ? person : way.back().destination, next = step(here, each);
    const bool passed = next == person || std::ranges::find(way, next, &Triple::destination) != way.end();
    if (next == kBlank || passed) return std::nullopt;
    way.push_back({here, each, next});
  }
  return way;
}

}  // namespace mneme
