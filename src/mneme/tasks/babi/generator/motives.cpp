// Why people go somewhere and take something: task 20.
#include <set>

#include "mneme/tasks/babi/generator/families.h"
#include "mneme/tasks/babi/generator/story_text.h"

namespace mneme {

/// Everybody comes to want something, goes where it is and takes it, if nobody else has; after each of these
/// a question.
std::string generate_motives(double difficulty, Random& random) {
  struct Motive {
    std::string mood, place, thing;
  };
  static const std::vector<Motive> motives = {{"bored", "garden", "football"},
                                              {"hungry", "kitchen", "apple"},
                                              {"thirsty", "kitchen", "milk"},
                                              {"tired", "bedroom", "pajamas"}};
  enum class Stage { nothing, wants, is_there, done };
  struct Person {
    std::string name;
    Motive motive;
    int64_t line = 0;  // that says what the person wants
    Stage stage = Stage::nothing;
  };
  std::vector<Person> people;
  for (const auto& name :
       draw_some({"Antoine", "Jason", "Sumit", "Yann"}, at_difficulty(difficulty, 1, 4), random))
    people.push_back({name, draw(motives, random)});

  StoryText story;
  std::set<std::string> gone;
  for (;;) {
    std::vector<Person*> able;
    for (Person& person : people)
      if (person.stage < Stage::is_there ||
          (person.stage == Stage::is_there && !gone.contains(person.motive.thing)))
        able.push_back(&person);
    if (able.empty()) return story.text();
    Person& person = *draw(able, random);
    std::string lower = person.name;
    lower[0] = static_cast<char>(lower[0] - 'A' + 'a');
    switch (person.stage) {
      case Stage::nothing:
        person.line = story.say(person.name + " is " + person.motive.mood);
        story.ask("Where will " + lower + " go", person.motive.place, {person.line});
        person.stage = Stage::wants;
        break;
      case Stage::wants:
        story.say(person.name + " " + moved_to(person.motive.place, random));
        story.ask("Why did " + lower + " go to the " + person.motive.place, person.motive.mood,
                  {person.line});
        person.stage = Stage::is_there;
        break;
      default:
        story.say(person.name + " " + draw(kTakeVerbs, random) + " the " + person.motive.thing + " there");
        story.ask("Why did " + lower + " get the " + person.motive.thing, person.motive.mood, {person.line});
        gone.insert(person.motive.thing);
        person.stage = Stage::done;
    }
  }
}

}  // namespace mneme
