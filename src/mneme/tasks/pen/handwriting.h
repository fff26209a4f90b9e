// Writing: from a text and where the pen has been to where it goes next (Graves 2013, arXiv:1308.0850, section 5),
// on lines drawn by hands of our own (tasks/pen/pen_text.h).
#pragma once

#include <string>
#include <vector>

#include "mneme/tasks/generated_task.h"
#include "mneme/tasks/pen/pen_text.h"
#include "mneme/tasks/pen/published_pen.h"

namespace mneme {

/// Offsets in heights of an x become about 1 by this factor.
inline constexpr float kPenScale = 2.5f;
/// Writers of these numbers are never trained on.
inline constexpr int64_t kHeldOutWriters = 1000;

struct HandwritingTaskOptions {
  std::string source = "made";
  std::string data;
  int64_t longest = 24;
  std::string hand = "any";
  int64_t writers = 0;
  int64_t mixtures = 20;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("source", source, "the program's own letters, or published handwriting in `data`",
           one_of({"made", "george-washington", "iam-ondb"}));
    option("data", data, "folder of the published files; empty: the environment's MNEME_DATA", any_value());
    option("longest", longest, "characters of the longest line; longer published ones are left out", at_least(12));
    option("hand", hand, "whether letters hang together (source made)", one_of({"any", "joined", "printed"}));
    option("writers", writers, "different writers in training; 0: each line has another (source made)", at_least(0));
    option("mixtures", mixtures, "bivariate Gaussians of the next point's density", at_least(1));
  }
};

/// Of a number the same hand always; `hand` "printed", "joined" or "any".
Writer numbered_writer(int64_t number, const std::string& hand);

/// inputs [batch, time, 3]: offset to the right and down times kPenScale, 1 where the pen is lifted after the
/// point; targets the same of the point after. context: numbers of characters, their place in pen_characters().
/// The first point of a line is where it begins, so it is no target. Training takes writers from number
/// kHeldOutWriters on, validation and test those below. Published handwriting has the parts of its readers
/// (tasks/pen/published_pen.h); its test is the whole of the test part.
class HandwritingTask : public GeneratedTask {
 public:
  explicit HandwritingTask(const Settings& settings);

  std::string name() const override { return "handwriting"; }
  TaskSizes sizes() const override;
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::string headline() const override { return "nats_per_sequence"; }
  int64_t longest() const { return options_.longest; }
  std::vector<Batch> validation(int64_t sequences, int64_t batch_size, Random& random) const override;
  std::vector<TestSetting> test_settings() const override;
  std::vector<Batch> test(const TestSetting& setting, int64_t sequences, int64_t batch_size,
                          Random& random) const override;
  Score score(const Batch& batch, const at::Tensor& logits) const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits = {}) const override;

  /// Lines of pen and text as a batch.
  static Batch batch_of(const std::vector<PenText>& lines);
  /// A line that a writer of that number drew.
  PenText line_of(int64_t writer, const std::string& text, Random& random) const;

 protected:
  Batch draw_training(int64_t batch_size, double difficulty, Random& random) const override;
  Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const override;

 private:
  /// Lines of writers with numbers low..high.
  Batch draw(int64_t batch_size, int64_t longest, int64_t low, int64_t high, Random& random) const;

  HandwritingTaskOptions options_;
  PublishedPen published_;  // lines that are short enough
};

/// The numbers of a text's characters. Throws UsageError naming those that no hand here can write.
std::vector<int64_t> character_numbers(const std::string& text);

}  // namespace mneme
