// bAbI by sentences: one question with its story is one sequence, a sentence a step. What memory networks read.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mneme/tasks/babi/story_task.h"

namespace mneme {

struct BabiQuestionsOptions : BabiSource {
  int64_t max_sentences = 50;
  int64_t length_groups = 16;

  template <class Visitor>
  void visit(Visitor&& option) {
    BabiSource::visit(option);
    option("max_sentences", max_sentences, "of a longer story only so many sentences before the question are given",
           at_least(1));
    option("length_groups", length_groups, kLengthGroupsHelp, between(1, 1024));
  }
};

/// A sequence is a question: the sentences before it (earlier questions are left out), then the question itself.
/// A step is a sentence, the numbers of its words without `.` and `?`, 0 after the last one. At the last step the
/// answer is due, one class for all its words together ("n,w"): one of the answers in the files of the chosen
/// tasks. An answer's support is its supporting sentences, where max_sentences leaves them in. A trained model also
/// keeps the answers and the length of the longest sentence (file questions.json).
class BabiQuestionsTask : public StoryTask {
 public:
  explicit BabiQuestionsTask(const Settings& settings, const ModelFiles& files = {});
  std::string name() const override { return "babi-questions"; }
  /// features: words of the longest sentence.
  TaskSizes sizes() const override;
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  ModelFiles files() const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

  /// The words of one step: "john went to the office".
  std::string sentence(const Batch& batch, int64_t index, int64_t step) const;
  /// "n,w"
  const std::string& answer(int64_t number) const { return answers_.at(static_cast<size_t>(number)); }
  /// Of a longer story the latest max_sentences; all words of an answer are one class.
  Batch pose(const TypedStory& story, int64_t answer_words) const override;

 private:
  BabiQuestionsTask(const BabiQuestionsOptions& options, const Settings& settings, const ModelFiles& files);
  void find_answers();
  void read_answers(const ModelFiles& files);
  void add_items(const Story& story, std::vector<Item>& items) const override;
  Batch make_batch(const Item* items, int64_t count) const override;
  const std::string& answer_word(int64_t number) const override { return answer(number); }
  std::string answer_of(const Story& story, const Story::Line& question) const;

  BabiQuestionsOptions options_;
  int64_t longest_sentence_ = 0;
  std::vector<std::string> answers_;  // in alphabetical order
  std::map<std::string, int64_t> answer_numbers_;
};

}  // namespace mneme
