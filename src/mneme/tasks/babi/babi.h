// bAbI question answering (Weston et al. 2015), all tasks jointly as in the DNC paper (Graves et al. 2016).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mneme/tasks/babi/story.h"
#include "mneme/tasks/task.h"

namespace mneme {

struct BabiOptions {
  std::string data;
  std::string set = "en-10k";
  std::vector<int64_t> tasks = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
  int64_t max_words = 800;
  int64_t length_groups = 16;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("data", data, "folder or archive of the published files; empty: the environment's MNEME_DATA",
           any_value());
    option("set", set, "published set: 1,000 or 10,000 training questions a task", one_of({"en", "en-10k"}));
    option("tasks", tasks, "tasks to train and test on", between(1, 20));
    option("max_words", max_words, "longer training and validation stories are left out", at_least(1));
    option("length_groups", length_groups,
           "a training batch is one of so many parts of a draw sorted by length; 1: lengths are not grouped",
           between(1, 1024));
  }
};

/// A sequence is a story with all its questions, a one-hot word a step; after a question one step with the
/// word `-` for each word of its answer, and there the answer's word is due (a class of the vocabulary).
/// The vocabulary is that of the chosen tasks' training files.
///
/// Training stories are drawn so that every task gives the same number of questions on average. Every tenth
/// story of a training file is held out for validation. A batch holds stories of similar length, for little
/// padding: the more `length_groups`, the less padding, and the fewer tasks in one batch. A lower difficulty
/// lowers the limit on a story's length. Test rows: `task`, over the whole test file.
///
/// Figures: `error_percent` (a question is right when every word of its answer is) and `bits_per_question`.
class BabiTask : public Task {
 public:
  explicit BabiTask(const Settings& settings);
  std::string name() const override { return "babi"; }
  TaskSizes sizes() const override { return {vocabulary_.size(), vocabulary_.size(), TargetKind::classes}; }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::string headline() const override { return "error_percent"; }
  Batch sample(int64_t batch_size, Random& random) const override;
  void set_difficulty(double difficulty) override;
  std::vector<Batch> validation(int64_t sequences, int64_t batch_size, Random& random) const override;
  std::vector<TestSetting> test_settings() const override;
  std::vector<Batch> test(const TestSetting& setting, int64_t sequences, int64_t batch_size,
                          Random& random) const override;
  Score score(const Batch& batch, const at::Tensor& logits) const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  using Stories = std::vector<const Story*>;
  struct TaskStories {
    std::vector<Story> training, held_out, test;  // by rising length
    size_t eligible = 0;                          // training stories within the limit of the difficulty
    double weight = 0;                            // of the task when one is drawn
  };
  Batch make_batch(const Story* const* stories, int64_t count) const;
  std::vector<Batch> by_length(Stories stories, int64_t batch_size) const;
  const Story* draw_story(double total_weight, Random& random) const;

  BabiOptions options_;
  Vocabulary vocabulary_;
  std::map<int64_t, TaskStories> tasks_;
};

}  // namespace mneme
