// Where the stories of the bAbI tasks come from, for every task over them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mneme/core/options.h"
#include "mneme/tasks/babi/story.h"

namespace mneme {

struct BabiSource {
  std::string data;
  std::string set = "en-10k";
  std::vector<int64_t> tasks = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

  template <class Visitor>
  void visit(Visitor&& option) {
    option("data", data, "folder or archive of the published files; empty: the environment's MNEME_DATA",
           any_value());
    option("set", set, "published set: 1,000 or 10,000 training questions a task", one_of({"en", "en-10k"}));
    option("tasks", tasks, "tasks to train and test on", between(1, 20));
  }
};

/// The vocabulary is that of the chosen tasks' training files. Every tenth story of a training file is held out.
struct BabiStories {
  struct OfTask {
    std::vector<Story> training, held_out, test;
  };
  Vocabulary vocabulary;
  std::map<int64_t, OfTask> tasks;
};

/// Throws DataError when the data is not there, Error for a malformed file, UsageError for an empty list of tasks;
/// `settings` are those that gave `source`.
BabiStories read_babi_stories(const BabiSource& source, const Settings& settings);

}  // namespace mneme
