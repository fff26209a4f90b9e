// Where people are: tasks 1 (simply), 9 (with negations), 10 (either here or there), 11 (he, she), 12 (two at
// a time) and 13 (they).
#include <map>

#include "mneme/tasks/babi/generator/families.h"
#include "mneme/tasks/babi/generator/story_text.h"

namespace mneme {
namespace {

/// What the story last said of a person.
struct Said {
  enum class Kind { in, not_in, either } kind = Kind::in;
  std::string place, other;    // `other` beside `place` where it is either
  std::vector<int64_t> lines;  // that say so
  int64_t statement = 0;       // the last of them, counted without questions
};

/// The older what a question is about, the rarer: how rare, for each sentence of age, was fitted to the
/// published stories.
double recency(int64_t task) {
  return task == 13 ? 0.38 : task == 12 ? 0.58 : 0.74;
}

class People {
 public:
  People(int64_t task, double difficulty, Random& random)
      : task_(task),
        random_(random),
        names_(draw_some(
            task == 10 ? Names{"Bill", "Fred", "Julie", "Mary"} : Names{"Daniel", "John", "Mary", "Sandra"},
            at_difficulty(difficulty, 2, 4), random)),
        places_(draw_some(task == 10 ? kTownPlaces : kPlaces, at_difficulty(difficulty, 3, 6), random)) {}

  std::string tell(size_t questions) {
    for (size_t question = 0; question < questions; ++question) {
      if (task_ == 11 || task_ == 13) {
        move_twice();
      } else {
        say_something();
        say_something();
      }
      ask();
    }
    return story_.text();
  }

 private:
  void note(const std::string& name, Said said) {
    said.statement = statements_;
    said_[name] = std::move(said);
  }

  int64_t say(const std::string& sentence) {
    ++statements_;
    return story_.say(sentence);
  }

  std::string elsewhere(const std::string& name) {
    const auto said = said_.find(name);
    return said == said_.end() ? draw(places_, random_) : draw_other(places_, said->second.place, random_);
  }

  void say_something() {
    const std::string name = draw(names_, random_);
    if (task_ == 12) {
      const std::string second = draw_other(names_, name, random_), place = elsewhere(name);
      const int64_t line = say(name + " and " + second + " " + moved_to(place, random_));
      for (const auto& each : {name, second}) note(each, {Said::Kind::in, place, "", {line}, 0});
    } else if (task_ == 1 || random_.coin()) {
      const std::string place = elsewhere(name);
      note(name, {Said::Kind::in, place, "", {say(name + " " + moved_to(place, random_))}, 0});
    } else if (random_.coin()) {
      const std::string place = draw(places_, random_);
      note(name, {Said::Kind::in, place, "", {say(name + " is in the " + place)}, 0});
    } else if (task_ == 9) {
      const std::string place = draw(places_, random_);
      const std::string no = random_.coin() ? " is no longer in the " : " is not in the ";
      note(name, {Said::Kind::not_in, place, "", {say(name + no + place)}, 0});
    } else {
      const std::string place = draw(places_, random_), other = draw_other(places_, place, random_);
      note(name, {Said::Kind::either,
                  place,
                  other,
                  {say(name + " is either in the " + place + " or the " + other)},
                  0});
    }
  }

  void move_twice() {
    static const Names carry_on = {"Then", "Afterwards", "After that", "Following that"};
    const std::string name = draw(names_, random_);
    Names who = {name};
    if (task_ == 13) who.push_back(draw_other(names_, name, random_));
    const std::string first = elsewhere(name), second = draw_other(places_, first, random_);
    const int64_t line = say((task_ == 13 ? name + " and " + who[1] : name) + " " + moved_to(first, random_));
    const std::string they = task_ == 13 ? "they" : name == "Mary" || name == "Sandra" ? "she" : "he";
    const int64_t next = say(draw(carry_on, random_) + " " + they + " " + moved_to(second, random_));
    for (const auto& each : who) note(each, {Said::Kind::in, second, "", {line, next}, 0});
  }

  void ask() {
    std::vector<std::pair<std::string, double>> known;
    double total = 0;
    for (const auto& [name, said] : said_) {
      const int64_t age = statements_ - said.statement;
      if (age >= kLookBack) continue;
      known.emplace_back(name, std::pow(recency(task_), static_cast<double>(age)));
      total += known.back().second;
    }
    double at = random_.uniform(0, total);
    size_t chosen = 0;
    while (chosen + 1 < known.size() && at >= known[chosen].second) at -= known[chosen++].second;
    const std::string& name = known[chosen].first;
    const Said& said = said_.at(name);
    if (task_ != 9 && task_ != 10) {
      story_.ask("Where is " + name, said.place, said.lines);
      return;
    }
    const bool named = said.kind == Said::Kind::not_in || random_.coin();
    const std::string place = named ? said.place : draw_other(places_, said.place, random_);
    const bool possible = place == said.place || place == said.other;
    const std::string answer = !possible || said.kind == Said::Kind::not_in ? "no"
                               : said.kind == Said::Kind::either            ? "maybe"
                                                                            : "yes";
    story_.ask("Is " + name + " in the " + place, answer, said.lines);
  }

  int64_t task_;
  Random& random_;
  Names names_, places_;
  StoryText story_;
  std::map<std::string, Said> said_;
  int64_t statements_ = 0;
};

}  // namespace

std::string generate_people(int64_t task, double difficulty, Random& random) {
  return People(task, difficulty, random).tell(at_difficulty(difficulty, 1, 5));
}

}  // namespace mneme
