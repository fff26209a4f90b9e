// What the tasks over bAbI stories share: where stories come from, how a batch is drawn, how answers are
// scored.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mneme/tasks/babi/stories.h"
#include "mneme/tasks/babi/typed_story.h"
#include "mneme/tasks/task.h"

namespace mneme {

inline constexpr double kBabiFailedAbove = 5;  ///< percent of error: the papers count such a task as failed

/// Training items are drawn so that every task gives the same number of questions on average, or the emphasized
/// ones so many times as many. A batch holds items of similar length, for little padding: the more
/// `length_groups`, the less padding, and the fewer tasks in one batch. A lower difficulty lowers the limit on an
/// item's length and makes generated stories simpler. Test rows: `task`, over the whole test file.
///
/// A trained model keeps the words (file words.txt). With them the task can be made where the data is not, to be asked
/// typed stories; what needs stories then throws the DataError that making it would have thrown.
///
/// Figures: `error_percent` (a question is right when every word of its answer is) and `bits_per_question`.
/// Over two or more tasks: the mean `error_percent`, and `failed_tasks`, those above kBabiFailedAbove.
class StoryTask : public Task {
 public:
  std::string headline() const override { return "error_percent"; }
  Batch sample(int64_t batch_size, Random& random) const override;
  void set_difficulty(double difficulty) override;
  std::vector<Batch> validation(int64_t sequences, int64_t batch_size, Random& random) const override;
  std::vector<TestSetting> test_settings() const override;
  std::vector<Batch> test(const TestSetting& setting, int64_t sequences, int64_t batch_size,
                          Random& random) const override;
  /// Answers of one question are due at consecutive steps.
  Score score(const Batch& batch, const at::Tensor& logits) const override;
  std::map<std::string, double> overall(const std::vector<double>& errors) const override;

  ModelFiles files() const override;

  const Vocabulary& vocabulary() const { return stories_.vocabulary; }

  /// A batch of one typed story, whose answer of `answer_words` words is due and not known: its targets mean
  /// nothing. Throws UsageError for a story that no sequence of the task can be.
  virtual Batch pose(const TypedStory& story, int64_t answer_words) const = 0;
  /// The most likely answer to the last question of sequence `index`, and its probability. logits as for
  /// score.
  struct Answer {
    std::string text;
    double probability;
  };
  virtual Answer answer_to(const Batch& batch, int64_t index, const at::Tensor& logits) const;

 protected:
  virtual const std::string& answer_word(int64_t number) const { return vocabulary().word(number); }

  /// What becomes one sequence: a story, or a question of it.
  struct Item {
    const Story* story;
    size_t question;  ///< a line of the story; of no meaning when the item is the whole story
    int64_t steps, questions;
  };
  struct Limit {
    int64_t steps;             ///< longer training and validation items are left out
    std::string option, unit;  ///< that sets it: "max_words", "words"
  };

  /// Throws DataError when the data has other words than `files`.
  StoryTask(const BabiSource& source, const Settings& settings, int64_t length_groups, const ModelFiles& files);
  /// Makes the items; for the constructors of the tasks. Throws UsageError when the limit leaves none of a
  /// task.
  void prepare(const Limit& limit);

  virtual void add_items(const Story& story, std::vector<Item>& items) const = 0;
  virtual Batch make_batch(const Item* items, int64_t count) const = 0;
  const BabiStories& stories() const { return stories_; }
  bool has_stories() const { return missing_.empty(); }

 private:
  void require_stories() const;
  struct TaskItems {
    std::vector<Item> training, held_out, test;  // by rising length
    size_t eligible = 0;                         // training items within the limit of the difficulty
    double weight = 0;                           // of the task when one is drawn
    double generated_weight = 0;                 // likewise, of a generated story
  };
  std::vector<Batch> by_length(std::vector<Item> items, int64_t batch_size) const;
  /// `generated` keeps the story of an item that is generated.
  Item draw_item(std::deque<Story>& generated, Random& random) const;
  Item generate_item(std::deque<Story>& generated, Random& random) const;
  int64_t draw_task(double TaskItems::*weight, Random& random) const;

  BabiStories stories_;
  std::string missing_;  // why there are no stories, where the words alone are known
  int64_t length_groups_;
  double generated_share_;
  std::set<int64_t> emphasized_;
  double emphasis_;
  double difficulty_ = 1;
  int64_t limit_ = 0;
  std::map<int64_t, TaskItems> tasks_;
};

/// A row of Batch::support.
struct SupportingStep {
  int64_t sequence, due, step;
};
at::Tensor support_tensor(const std::vector<SupportingStep>& rows);
/// [steps]: 1 where a step supports an answer of sequence `index`, else 0; zeros where the support is not known.
at::Tensor supporting_steps(const Batch& batch, int64_t index, int64_t steps);

inline constexpr auto kLengthGroupsHelp =
    "a training batch is one of so many parts of a draw sorted by length; 1: lengths are not grouped";

}  // namespace mneme
