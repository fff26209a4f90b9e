// Where the stories of the bAbI tasks come from, for every task over them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mneme/core/options.h"
#include "mneme/core/random.h"
#include "mneme/tasks/babi/story.h"

namespace mneme {

struct BabiSource {
  std::string data;
  std::string set = "en-10k";
  std::vector<int64_t> tasks = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
  std::string source = "published";
  double generated_share = 0.5;
  std::vector<int64_t> emphasized_tasks;
  double emphasis = 4;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("data", data, "folder or archive of the published files; empty: the environment's MNEME_DATA",
           any_value());
    option("set", set, "published set: 1,000 or 10,000 training questions a task", one_of({"en", "en-10k"}));
    option("tasks", tasks, "tasks to train and test on", between(1, 20));
    option("source", source,
           "training stories: the published files; generated ones that never repeat; or mixed, both of them. "
           "The test "
           "is the published one unless all are generated, which needs no data",
           one_of({"published", "generated", "mixed"}));
    option("generated_share", generated_share, "share of generated stories in training (source mixed)",
           between(0, 1));
    option("emphasized_tasks", emphasized_tasks, "of the tasks, those to draw more often in training", between(1, 20));
    option("emphasis", emphasis, "how many times as often as the other tasks", at_least(1));
  }
};

/// The vocabulary is that of the chosen tasks' training files; generated stories have the same. Every tenth
/// story of a training file is held out. Where the published training file of task 3 is there in part only,
/// generated stories stand in for the rest, and a log line says so.
struct BabiStories {
  struct OfTask {
    std::vector<Story> training, held_out, test;
  };
  Vocabulary vocabulary;
  std::map<int64_t, OfTask> tasks;
};

/// Throws DataError when the data is not there, Error for a malformed file, UsageError for an empty list of
/// tasks or an emphasized task that is not among them; `settings` are those that gave `source`.
BabiStories read_babi_stories(const BabiSource& source, const Settings& settings);

/// A new story of a task in the words of a vocabulary. Throws Error when the vocabulary lacks one of its
/// words.
Story draw_story(int64_t task, double difficulty, const Vocabulary& vocabulary, Random& random);

}  // namespace mneme
