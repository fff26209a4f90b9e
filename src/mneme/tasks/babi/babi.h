// bAbI question answering (Weston et al. 2015), all tasks jointly as in the DNC paper (Graves et al. 2016).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "mneme/tasks/babi/story_task.h"

namespace mneme {

struct BabiOptions : BabiSource {
  std::string step = "word";
  int64_t pauses = 0;
  int64_t max_words = 800;
  int64_t length_groups = 16;

  template <class Visitor>
  void visit(Visitor&& option) {
    BabiSource::visit(option);
    option("step", step, "what is read at one step: a word, or a whole sentence with its words' places",
           one_of({"word", "sentence"}));
    option("pauses", pauses, "empty steps between a question and its answer, to look things up that need one another",
           at_least(0));
    option("max_words", max_words,
           "longer training and validation stories are left out (of step sentence: sentences, questions and answers)",
           at_least(1));
    option("length_groups", length_groups, kLengthGroupsHelp, between(1, 1024));
  }
};

/// A sequence is a story with all its questions. A step is a one-hot word or, where options.step says so, a line: how
/// often each word is in it, and then the sum of each word's places, the last being 1 (a position encoding that the
/// input weights learn, as that of Sukhbaatar et al. 2015 is fixed). After a question, and so many empty steps as
/// options.pauses says, comes one step with the word `-` for each word of its answer, and there the answer's word is
/// due (a class of the vocabulary). An answer's support is every step of its supporting sentences.
class BabiTask : public StoryTask {
 public:
  explicit BabiTask(const Settings& settings, const ModelFiles& files = {});
  std::string name() const override { return "babi"; }
  TaskSizes sizes() const override;
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;
  Batch pose(const TypedStory& story, int64_t answer_words) const override;
  /// What is read at each step of a sequence: a word, or a sentence's words with spaces between them; nothing in a
  /// pause.
  std::vector<std::string> steps(const Batch& batch, int64_t index) const;

 private:
  BabiTask(const BabiOptions& options, const Settings& settings, const ModelFiles& files);
  void add_items(const Story& story, std::vector<Item>& items) const override;
  Batch make_batch(const Item* items, int64_t count) const override;
  /// The words of each step; none in a pause.
  std::vector<std::span<const int32_t>> spans(const Story& story) const;
  std::string sentence(const float* step) const;
  bool by_sentence() const { return options_.step == "sentence"; }

  BabiOptions options_;
};

}  // namespace mneme
