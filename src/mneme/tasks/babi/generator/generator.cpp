#include "mneme/tasks/babi/generator/generator.h"

#include "mneme/core/error.h"
#include "mneme/tasks/babi/generator/families.h"

namespace mneme {

std::string generate_story(int64_t task, double difficulty, Random& random) {
  if (!(difficulty >= 0 && difficulty <= 1))
    throw Error("generate_story: difficulty is " + std::to_string(difficulty) + ", expected within 0 and 1");
  switch (task) {
    case 1:
    case 9:
    case 10:
    case 11:
    case 12:
    case 13:
      return generate_people(task, difficulty, random);
    case 2:
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return generate_things(task, difficulty, random);
    case 4:
      return generate_directions(random);
    case 14:
      return generate_times(difficulty, random);
    case 15:
      return generate_deductions(difficulty, random);
    case 16:
      return generate_inductions(difficulty, random);
    case 17:
      return generate_positions(difficulty, random);
    case 18:
      return generate_sizes(difficulty, random);
    case 19:
      return generate_paths(difficulty, random);
    case 20:
      return generate_motives(difficulty, random);
    default:
      throw Error("generate_story: task is " + std::to_string(task) + ", expected 1 to 20");
  }
}

}  // namespace mneme
