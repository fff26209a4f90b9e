// Who and what is where, who carries and who gives what: tasks 1 to 3 and 5 to 14.
#include <algorithm>
#include <map>
#include <optional>

#include "mneme/tasks/babi/solver/rules.h"

namespace mneme {
namespace {

const std::set<std::string> kMoves = {"went", "moved", "travelled", "journeyed"};
const std::set<std::string> kTakes = {"got", "took", "grabbed", "picked"};
const std::set<std::string> kDrops = {"dropped", "discarded", "left", "put"};
const std::set<std::string> kGives = {"gave", "handed", "passed"};
const std::set<std::string> kCarryOn = {"then", "afterwards", "after", "following"};
const std::vector<std::string> kTimesOfDay = {"yesterday", "morning", "afternoon", "evening"};
const std::vector<std::string> kCounts = {"none", "one", "two", "three", "four", "five"};

class Whereabouts : public StoryRules {
 public:
  void hear(const Words& sentence, size_t line) override {
    Words words = sentence;
    const size_t time = take_time(words);
    size_t at = 0;
    std::vector<size_t> lines{line};
    if (kCarryOn.contains(words[0])) {  // then she, after that they
      at = (words[0] == "after" || words[0] == "following" ? 2 : 1) + 1;
      lines.insert(lines.begin(), last_line_);
    } else {
      subjects_ = {words[0]};
      at = 1;
      if (words.size() > 2 && words[1] == "and") {
        subjects_.push_back(words[2]);
        at = 3;
      }
    }
    last_line_ = line;
    if (at >= words.size()) not_understood(sentence);
    const std::string& verb = words[at];
    if (verb == "is")
      be(words, at + 1, line);
    else if (kMoves.contains(verb))
      for (const auto& name : subjects_) move(name, words.back(), lines, time);
    else if (kTakes.contains(verb))
      take(subjects_[0], after_the(words, at), line);
    else if (kDrops.contains(verb))
      drop(subjects_[0], after_the(words, at), line);
    else if (kGives.contains(verb))
      give(subjects_[0], after_the(words, at), words.back(), line);
    else
      not_understood(sentence);
  }

  Solution answer(const Words& words) const override {
    const std::string start = words[0] + " " + words[1];
    if (start == "where is") return where(words.back());
    if (start == "where was") return before(words);
    if (words[0] == "is") return is_in(words[1], words.back());
    if (start == "how many" || start == "what is") return carrying(words, start == "how many");
    if (words[0] == "who" || start == "what did") return gift(words);
    not_understood(words);
  }

 private:
  /// A place where somebody or something came to be, and the lines that say so.
  struct Stay {
    std::string place;
    std::vector<size_t> lines;
    size_t time = 0;  // of the day, where it is said
  };

  /// What is known of a person.
  struct Person {
    enum class Knowledge { none, in, not_in, either } knowledge = Knowledge::none;
    std::vector<std::string> places;  // that the knowledge is of
    std::vector<size_t> lines;        // that say so
    std::vector<std::string> carried;
    /// What the person ever had, in the order of the first time, with the lines in which each was taken,
    /// dropped, given or received.
    std::vector<std::pair<std::string, std::vector<size_t>>> handled;
    std::vector<Stay> stays;
  };

  struct Thing {
    std::string holder;        // empty: nobody
    size_t handled = 0;        // the last line in which it was taken, dropped or given
    std::vector<size_t> spot;  // where it was dropped: the lines that say where that was
    std::vector<Stay> stays;
  };

  struct Gift {
    std::string giver, thing, receiver;
    size_t line;
  };

  /// Takes the time out of the sentence: 0 yesterday, 1 this morning, …
  static size_t take_time(Words& words) {
    for (size_t time = 0; time < kTimesOfDay.size(); ++time) {
      const auto found = std::find(words.begin(), words.end(), kTimesOfDay[time]);
      if (found == words.end()) continue;
      words.erase(time == 0 ? found : found - 1, found + 1);
      return time;
    }
    return 0;
  }

  static const std::string& after_the(const Words& words, size_t from) {
    const auto the = std::find(words.begin() + static_cast<std::ptrdiff_t>(from), words.end(), "the");
    if (words.end() - the < 2) not_understood(words);
    return *(the + 1);
  }

  void know(const std::string& name, Person::Knowledge knowledge, std::vector<std::string> places,
            std::vector<size_t> lines) {
    Person& person = people_[name];
    person.knowledge = knowledge;
    person.places = std::move(places);
    person.lines = std::move(lines);
  }

  void be(const Words& words, size_t at, size_t line) {
    const std::string& name = subjects_[0];
    if (words[at] == "in")
      move(name, words.back(), {line}, 0);
    else if (words[at] == "not" || words[at] == "no")
      know(name, Person::Knowledge::not_in, {words.back()}, {line});
    else if (words[at] == "either" && words.size() > at + 6)
      know(name, Person::Knowledge::either, {words[at + 3], words.back()}, {line});
    else
      not_understood(words);
  }

  void move(const std::string& name, const std::string& place, const std::vector<size_t>& lines,
            size_t time) {
    know(name, Person::Knowledge::in, {place}, lines);
    people_[name].stays.push_back({place, lines, time});
    for (const auto& thing : people_[name].carried) things_[thing].stays.push_back({place, lines, 0});
  }

  void take(const std::string& name, const std::string& thing, size_t line) {
    Person& person = people_[name];
    person.carried.push_back(thing);
    note_handling(person, thing, line);
    Thing& taken = things_[thing];
    taken.holder = name;
    taken.handled = line;
    if (person.knowledge == Person::Knowledge::in &&
        (taken.stays.empty() || taken.stays.back().place != person.places[0]))
      taken.stays.push_back({person.places[0], person.lines, 0});
  }

  static void note_handling(Person& person, const std::string& thing, size_t line) {
    auto& handled = person.handled;
    auto entry =
        std::find_if(handled.begin(), handled.end(), [&](const auto& had) { return had.first == thing; });
    if (entry == handled.end()) entry = handled.insert(entry, {thing, {}});
    entry->second.push_back(line);
  }

  void put_away(const std::string& name, const std::string& thing, size_t line) {
    Person& person = people_[name];
    std::erase(person.carried, thing);
    note_handling(person, thing, line);
    things_[thing].handled = line;
    things_[thing].holder.clear();
  }

  void drop(const std::string& name, const std::string& thing, size_t line) {
    put_away(name, thing, line);
    things_[thing].spot = people_[name].lines;
  }

  void give(const std::string& giver, const std::string& thing, const std::string& receiver, size_t line) {
    put_away(giver, thing, line);
    take(receiver, thing, line);
    gifts_.push_back({giver, thing, receiver, line});
  }

  const Person& person(const std::string& name) const {
    static const Person nobody;
    const auto found = people_.find(name);
    return found == people_.end() ? nobody : found->second;
  }

  Solution where(const std::string& name) const {
    const auto found = things_.find(name);
    if (found == things_.end()) {
      const Person& asked = person(name);
      if (asked.knowledge != Person::Knowledge::in) return {};
      return {0, asked.places[0], asked.lines};
    }
    const Thing& thing = found->second;
    if (thing.stays.empty()) return {};
    std::vector<size_t> support{thing.handled};
    const auto& lines = thing.holder.empty() ? thing.spot : person(thing.holder).lines;
    support.insert(support.end(), lines.begin(), lines.end());
    return {0, thing.stays.back().place, support};
  }

  /// where was (the) x before the p
  Solution before(const Words& words) const {
    const auto found = things_.find(words[3]);
    const bool of_thing = words[2] == "the";
    if (of_thing && found == things_.end()) return {};
    std::vector<Stay> stays = of_thing ? found->second.stays : person(words[2]).stays;
    std::stable_sort(stays.begin(), stays.end(),
                     [](const Stay& left, const Stay& right) { return left.time < right.time; });
    for (size_t i = stays.size(); i-- > 1;) {
      if (stays[i].place != words.back()) continue;
      Solution solution{0, stays[i - 1].place, {}};
      if (of_thing) solution.support.push_back(found->second.handled);
      solution.support.push_back(stays[i].lines[0]);
      solution.support.push_back(stays[i - 1].lines[0]);
      return solution;
    }
    return {};
  }

  Solution is_in(const std::string& name, const std::string& place) const {
    const Person& asked = person(name);
    const bool named = std::find(asked.places.begin(), asked.places.end(), place) != asked.places.end();
    switch (asked.knowledge) {
      case Person::Knowledge::none:
        return {};
      case Person::Knowledge::in:
        return {0, named ? "yes" : "no", asked.lines};
      case Person::Knowledge::not_in:
        return {0, named ? "no" : "maybe", asked.lines};
      case Person::Knowledge::either:
        return {0, named ? "maybe" : "no", asked.lines};
    }
    return {};
  }

  /// how many objects is x carrying, what is x carrying
  Solution carrying(const Words& words, bool count) const {
    const Person& asked = person(words[words.size() - 2]);
    Words carried;
    std::vector<size_t> lines;
    for (const auto& [thing, handling] : asked.handled) {
      if (std::find(asked.carried.begin(), asked.carried.end(), thing) != asked.carried.end())
        carried.push_back(thing);
      lines.insert(lines.end(), handling.begin(), handling.end());
    }
    if (!count) return {0, carried.empty() ? "nothing" : joined(carried, ','), lines};
    std::sort(lines.begin(), lines.end());
    return {0, carried.size() < kCounts.size() ? kCounts[carried.size()] : "", lines};
  }

  Solution gift(const Words& words) const {
    const auto ask = [&](const std::string& giver, const std::string& thing, const std::string& receiver,
                         std::string Gift::*wanted) -> Solution {
      for (auto gift = gifts_.rbegin(); gift != gifts_.rend(); ++gift)
        if ((giver.empty() || gift->giver == giver) && (thing.empty() || gift->thing == thing) &&
            (receiver.empty() || gift->receiver == receiver))
          return {0, (*gift).*wanted, {gift->line}};
      return {};
    };
    if (words[0] == "what") return ask(words[2], "", words.back(), &Gift::thing);  // did x give to y
    if (words[1] == "did") return ask(words[2], words[5], "", &Gift::receiver);    // x give the z to
    if (words[1] == "received") return ask("", words[3], "", &Gift::receiver);     // the z
    return ask("", words[3], words.size() > 4 ? words.back() : "", &Gift::giver);  // gave the z to y
  }

  std::map<std::string, Person> people_;
  std::map<std::string, Thing> things_;
  std::vector<Gift> gifts_;
  Words subjects_;
  size_t last_line_ = 0;
};

}  // namespace

std::unique_ptr<StoryRules> whereabouts_rules(int64_t) {
  return std::make_unique<Whereabouts>();
}

}  // namespace mneme
