// bAbI question answering (Weston et al. 2015), all tasks jointly as in the DNC paper (Graves et al. 2016).
#pragma once

#include <string>
#include <vector>

#include "mneme/tasks/babi/story_task.h"

namespace mneme {

struct BabiOptions : BabiSource {
  int64_t max_words = 800;
  int64_t length_groups = 16;

  template <class Visitor>
  void visit(Visitor&& option) {
    BabiSource::visit(option);
    option("max_words", max_words, "longer training and validation stories are left out", at_least(1));
    option("length_groups", length_groups, kLengthGroupsHelp, between(1, 1024));
  }
};

/// A sequence is a story with all its questions, a one-hot word a step; after a question one step with the
/// word `-` for each word of its answer, and there the answer's word is due (a class of the vocabulary). An
/// answer's support is every word of its supporting sentences.
class BabiTask : public StoryTask {
 public:
  explicit BabiTask(const Settings& settings, const ModelFiles& files = {});
  std::string name() const override { return "babi"; }
  TaskSizes sizes() const override { return {vocabulary().size(), vocabulary().size(), TargetKind::classes}; }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;
  Batch pose(const TypedStory& story, int64_t answer_words) const override;
  /// The word that is shown at each step of a sequence.
  std::vector<std::string> words(const Batch& batch, int64_t index) const;

 private:
  BabiTask(const BabiOptions& options, const Settings& settings, const ModelFiles& files);
  void add_items(const Story& story, std::vector<Item>& items) const override;
  Batch make_batch(const Item* items, int64_t count) const override;

  BabiOptions options_;
};

}  // namespace mneme
