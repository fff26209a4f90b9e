// Where people were yesterday and at the times of today: task 14.
#include <array>

#include "mneme/tasks/babi/generator/families.h"
#include "mneme/tasks/babi/generator/story_text.h"

namespace mneme {
namespace {

constexpr size_t kTimes = 4;

struct Visit {
  std::string place;
  int64_t line = 0;  // 0: not told yet
};

/// Who the sentences are about: nobody more often than there are times. Questions start after the second,
/// fourth, … sentence when somebody has been named twice; `questions` of them, two sentences apart.
std::vector<size_t> draw_cast(size_t people, size_t questions, Random& random) {
  std::vector<size_t> cast, named(people, 0);
  size_t wanted = 0;
  bool repeated = false;
  while (wanted == 0 || cast.size() < wanted) {
    size_t who = draw_index(people, random);
    if (named[who] == kTimes) continue;
    repeated |= ++named[who] == 2;
    cast.push_back(who);
    if (wanted == 0 && repeated && cast.size() % 2 == 0)
      wanted = std::min(cast.size() + 2 * (questions - 1), people * kTimes);
  }
  return cast;
}

}  // namespace

std::string generate_times(double difficulty, Random& random) {
  const Names names = draw_some({"Bill", "Fred", "Julie", "Mary"}, at_difficulty(difficulty, 2, 4), random);
  const Names places = draw_some(kTownPlaces, at_difficulty(difficulty, 4, 6), random);
  size_t asked = 0;
  const size_t questions = std::min<size_t>(at_difficulty(difficulty, 1, 5), 2 * names.size() - 2);
  const auto cast = draw_cast(names.size(), questions, random);

  // Each person's visits in the order of the day, and the order in which they are told.
  std::vector<std::vector<Visit>> visits(names.size());
  for (const size_t who : cast) {
    auto& own = visits[who];
    own.push_back({own.empty() ? draw(places, random) : draw_other(places, own.back().place, random)});
  }
  std::vector<std::vector<size_t>> untold(names.size());
  for (size_t who = 0; who < names.size(); ++who) {
    for (size_t time = 0; time < visits[who].size(); ++time) untold[who].push_back(time);
    random.shuffle(untold[who]);
  }

  static const std::array<std::string, kTimes> when = {"yesterday", "this morning", "this afternoon",
                                                       "this evening"};
  StoryText story;
  int64_t statements = 0;
  std::vector<int64_t> told_at(2 * cast.size() + 2, 0);  // the statement of a line
  for (size_t next = 0; next < cast.size(); ++next) {
    const size_t who = cast[next], time = untold[who].back();
    untold[who].pop_back();
    Visit& visit = visits[who][time];
    const std::string event = names[who] + " " + moved_to(visit.place, random);
    std::string capital = when[time];
    capital[0] = static_cast<char>(capital[0] - 'a' + 'A');
    visit.line = story.say(random.coin() ? capital + " " + event : event + " " + when[time]);
    told_at[static_cast<size_t>(visit.line)] = ++statements;
    if (next % 2 == 0) continue;

    struct Question {
      size_t who;
      Visit before, at;
    };
    std::vector<Question> recent, older;
    for (size_t person = 0; person < names.size(); ++person) {
      std::vector<Visit> told;
      for (const Visit& each : visits[person])
        if (each.line != 0) told.push_back(each);
      for (size_t i = 1; i < told.size(); ++i) {
        // Asked of the last time that the person was there, and answered by another place.
        const auto again = [&](const Visit& each) { return each.place == told[i].place; };
        if (std::any_of(told.begin() + static_cast<std::ptrdiff_t>(i) + 1, told.end(), again)) continue;
        if (told[i - 1].place == told[i].place) continue;
        const int64_t newest = std::max(told[i].line, told[i - 1].line);
        (statements - told_at[static_cast<size_t>(newest)] < kLookBack ? recent : older)
            .push_back({person, told[i - 1], told[i]});
      }
    }
    if (recent.empty() && older.empty()) continue;
    const Question& question = draw(recent.empty() ? older : recent, random);
    story.ask("Where was " + names[question.who] + " before the " + question.at.place, question.before.place,
              {question.at.line, question.before.line});
    ++asked;
  }
  // When the same place was told twice in a row, nothing could be asked: such a story is left out.
  return asked < questions ? generate_times(difficulty, random) : story.text();
}

}  // namespace mneme
