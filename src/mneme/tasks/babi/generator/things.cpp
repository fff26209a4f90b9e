// People carry things about and give them away: tasks 2 (where is it), 3 (where was it before), 5 (who gave
// what to whom), 6 (is somebody there), 7 (how many are carried) and 8 (which).
#include <map>
#include <set>

#include "mneme/tasks/babi/generator/families.h"
#include "mneme/tasks/babi/generator/story_text.h"

namespace mneme {
namespace {

/// How often a question of task 3 goes further back than to the last place, fitted to the published stories.
constexpr double kEarlierPlace = 0.35;
/// How often a gift is tried for each time that a move is.
constexpr double kGiveInTask5 = 3.5, kGiveInTask7 = 4.5;

class Things {
 public:
  Things(int64_t task, double difficulty, Random& random)
      : task_(task),
        random_(random),
        names_(draw_some(
            task == 5 ? Names{"Bill", "Fred", "Jeff", "Mary"} : Names{"Daniel", "John", "Mary", "Sandra"},
            at_difficulty(difficulty, 2, 4), random)),
        places_(draw_some(kPlaces, at_difficulty(difficulty, 3, 6), random)) {
    for (size_t i = 0; i < names_.size(); ++i) {
      people_.emplace_back();
      people_.back().place = draw(places_, random);
    }
    for (const auto& name :
         draw_some({"apple", "football", "milk"}, at_difficulty(difficulty, 2, 3), random)) {
      things_.emplace_back();
      things_.back().name = name;
      things_.back().place = draw(places_, random);
    }
  }

  /// Two sentences, then a question as soon as there is one to ask.
  std::string tell(size_t questions) {
    while (questions > 0) {
      act();
      act();
      std::vector<Question> possible = possible_questions();
      if (possible.empty()) continue;
      const Question& question = draw(possible, random_);
      story_.ask(question.text, question.answer, question.support);
      --questions;
    }
    return story_.text();
  }

 private:
  struct Move {
    std::string place;
    int64_t line = 0, statement = 0;
  };

  struct Person {
    std::string place;        // where the person really is, though the story may not have said it
    std::vector<Move> moves;  // that the story told
    std::vector<size_t> held;
    /// Things ever had, in the order of the first time, with the lines in which each changed hands.
    std::vector<std::pair<size_t, std::vector<int64_t>>> handled;
    int64_t last_handled = -kLookBack;  // a statement
  };

  struct Thing {
    std::string name, place;
    bool is_held = false;
    size_t carrier = 0;     // who has it, or had it last
    Move handled;           // when it was last taken, dropped or given; the place does not matter
    size_t first_move = 0;  // of the carrier, since the thing was taken
  };

  struct Gift {
    size_t giver, thing, receiver;
    int64_t line, statement;
  };

  struct Question {
    std::string text, answer;
    std::vector<int64_t> support;
  };

  /// What is asked about: the supporting fact that is named first, or the latest of several gifts and
  /// takings.
  bool recent(int64_t statement) const { return statements_ - statement < kLookBack; }

  int64_t say(const std::string& sentence) {
    ++statements_;
    return story_.say(sentence);
  }

  /// Draws an action until one can be done. How often each is tried was fitted to the published stories.
  void act() {
    const double give_weight = task_ == 5 ? kGiveInTask5 : task_ == 7 ? kGiveInTask7 : 0;
    for (;;) {
      const size_t who = draw_index(people_.size(), random_);
      const double kind = random_.uniform(0, 3 + give_weight);
      if (kind < 1) return move(who);
      if (kind < 2 ? take(who) : kind < 3 ? drop(who) : give(who)) return;
    }
  }

  void move(size_t who) {
    Person& person = people_[who];
    person.place = draw_other(places_, person.place, random_);
    const int64_t line = say(names_[who] + " " + moved_to(person.place, random_));
    person.moves.push_back({person.place, line, statements_});
  }

  void note_handling(size_t who, size_t what, int64_t line) {
    auto& handled = people_[who].handled;
    auto entry =
        std::find_if(handled.begin(), handled.end(), [&](const auto& had) { return had.first == what; });
    if (entry == handled.end()) entry = handled.insert(entry, {what, {}});
    entry->second.push_back(line);
    people_[who].last_handled = statements_;
    things_[what].handled = {"", line, statements_};
  }

  void get_hold(size_t who, size_t what) {
    Thing& thing = things_[what];
    people_[who].held.push_back(what);
    thing.is_held = true;
    thing.carrier = who;
    thing.first_move = people_[who].moves.size();
  }

  bool take(size_t who) {
    std::vector<size_t> here;
    for (size_t what = 0; what < things_.size(); ++what)
      if (!things_[what].is_held && things_[what].place == people_[who].place) here.push_back(what);
    if (here.empty()) return false;
    const size_t what = draw(here, random_);
    const bool there = task_ != 3 || random_.coin(0.2);
    note_handling(who, what,
                  say(names_[who] + " " + draw(kTakeVerbs, random_) + " the " + things_[what].name +
                      (there ? " there" : "")));
    get_hold(who, what);
    return true;
  }

  bool drop(size_t who) {
    static const Names verbs = {"discarded", "dropped", "left", "put down"};
    if (people_[who].held.empty()) return false;
    const size_t what = draw(people_[who].held, random_);
    const std::string there = random_.coin(0.2) ? " there" : "";
    note_handling(who, what,
                  say(names_[who] + " " + draw(verbs, random_) + " the " + things_[what].name + there));
    std::erase(people_[who].held, what);
    things_[what].is_held = false;
    things_[what].place = people_[who].place;
    return true;
  }

  bool give(size_t who) {
    static const Names verbs = {"gave", "handed", "passed"};
    std::vector<size_t> near;
    for (size_t other = 0; other < people_.size(); ++other)
      if (other != who && people_[other].place == people_[who].place) near.push_back(other);
    if (near.empty() || people_[who].held.empty()) return false;
    const size_t to = draw(near, random_), what = draw(people_[who].held, random_);
    const int64_t line =
        say(names_[who] + " " + draw(verbs, random_) + " the " + things_[what].name + " to " + names_[to]);
    note_handling(who, what, line);
    note_handling(to, what, line);
    std::erase(people_[who].held, what);
    get_hold(to, what);
    gifts_.push_back({who, what, to, line, statements_});
    return true;
  }

  std::vector<Question> possible_questions() {
    std::vector<Question> questions;
    switch (task_) {
      case 2:
        for (const Thing& thing : things_) add_where(thing, questions);
        break;
      case 3:
        for (const Thing& thing : things_) add_before(thing, questions);
        break;
      case 5:
        add_gift(questions);
        break;
      case 6:
        for (size_t who = 0; who < people_.size(); ++who) add_is_there(who, questions);
        break;
      default:
        for (size_t who = 0; who < people_.size(); ++who) add_carrying(who, questions);
    }
    return questions;
  }

  /// Two facts: a thing was dropped where somebody is known to have been, or taken along to somewhere.
  void add_where(const Thing& thing, std::vector<Question>& questions) const {
    const auto& moves = people_[thing.carrier].moves;
    const Move* move = last_move(thing);
    if (move == nullptr) return;
    if (!recent(thing.handled.statement)) return;
    if (thing.is_held && thing.first_move == moves.size()) return;
    questions.push_back({"Where is the " + thing.name, move->place, {thing.handled.line, move->line}});
  }

  /// The carrier's last move before the thing was dropped, or up to now while it is held.
  const Move* last_move(const Thing& thing) const {
    if (thing.handled.line == 0) return nullptr;
    const auto& moves = people_[thing.carrier].moves;
    for (auto move = moves.rbegin(); move != moves.rend(); ++move)
      if (thing.is_held || move->statement < thing.handled.statement) return &*move;
    return nullptr;
  }

  /// Three facts: a thing was taken or dropped, and two moves of its carrier, the second to the place asked
  /// about.
  void add_before(const Thing& thing, std::vector<Question>& questions) const {
    if (thing.handled.line == 0 || !recent(thing.handled.statement)) return;
    const auto& moves = people_[thing.carrier].moves;
    size_t end = moves.size();
    while (!thing.is_held && end > 0 && moves[end - 1].statement > thing.handled.statement) --end;
    std::set<std::string> later;
    for (size_t i = end; i-- > thing.first_move + 1;) {
      if (!later.insert(moves[i].place).second) continue;  // it was there again since
      questions.push_back({"Where was the " + thing.name + " before the " + moves[i].place,
                           moves[i - 1].place,
                           {thing.handled.line, moves[i].line, moves[i - 1].line}});
      if (!random_.coin(kEarlierPlace)) break;
    }
  }
  void add_gift(std::vector<Question>& questions) const {
    if (gifts_.empty() || !recent(gifts_.back().statement)) return;
    const Gift& gift = gifts_.back();
    const std::string &giver = names_[gift.giver], &receiver = names_[gift.receiver],
                      &thing = things_[gift.thing].name;
    const auto add = [&](const std::string& text, const std::string& answer) {
      questions.push_back({text, answer, {gift.line}});
    };
    // A third of the published questions ask what was given.
    for (int i = 0; i < 2; ++i) add("What did " + giver + " give to " + receiver, thing);
    add("Who gave the " + thing, giver);
    add("Who gave the " + thing + " to " + receiver, giver);
    add("Who received the " + thing, receiver);
    add("Who did " + giver + " give the " + thing + " to", receiver);
  }

  void add_is_there(size_t who, std::vector<Question>& questions) {
    const auto& moves = people_[who].moves;
    if (moves.empty() || !recent(moves.back().statement)) return;
    const std::string& place = moves.back().place;
    const bool yes = random_.coin();
    questions.push_back(
        {"Is " + names_[who] + " in the " + (yes ? place : draw_other(places_, place, random_)),
         yes ? "yes" : "no",
         {moves.back().line}});
  }

  void add_carrying(size_t who, std::vector<Question>& questions) const {
    static const Names counts = {"none", "one", "two", "three"};
    const Person& person = people_[who];
    if (person.handled.empty() || !recent(person.last_handled)) return;
    std::vector<int64_t> support;
    std::string carried;
    for (const auto& [what, lines] : person.handled) {
      if (std::find(person.held.begin(), person.held.end(), what) != person.held.end())
        carried += (carried.empty() ? "" : ",") + things_[what].name;
      support.insert(support.end(), lines.begin(), lines.end());
    }
    if (task_ == 7) {
      std::sort(support.begin(), support.end());
      questions.push_back(
          {"How many objects is " + names_[who] + " carrying", counts[person.held.size()], support});
    } else {
      questions.push_back(
          {"What is " + names_[who] + " carrying", carried.empty() ? "nothing" : carried, support});
    }
  }

  int64_t task_;
  Random& random_;
  Names names_, places_;
  std::vector<Person> people_;
  std::vector<Thing> things_;
  std::vector<Gift> gifts_;
  StoryText story_;
  int64_t statements_ = 0;
};

}  // namespace

std::string generate_things(int64_t task, double difficulty, Random& random) {
  return Things(task, difficulty, random).tell(at_difficulty(difficulty, 1, 5));
}

}  // namespace mneme
