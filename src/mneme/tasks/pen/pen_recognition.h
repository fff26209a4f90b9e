// Reading handwriting from the way of the pen (Graves et al. 2009, A Novel Connectionist System for
// Unconstrained Handwriting Recognition, sections 2 and 4).
#pragma once

#include <string>
#include <vector>

#include "mneme/tasks/label_decoding.h"
#include "mneme/tasks/pen/published_pen.h"
#include "mneme/tasks/pen/thinned_pen.h"
#include "mneme/tasks/task.h"

namespace mneme {

struct PenRecognitionOptions {
  std::string source = "made";
  std::string data;
  std::string text = "words";
  int64_t max_characters = 24;
  std::string hand = "any";
  double tolerance = 0.1;
  int64_t length_groups = 8;
  std::string decoding = "best-path";
  int64_t beam_width = 10;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("source", source, "the program's own letters, or published handwriting in `data`",
           one_of({"made", "george-washington", "iam-ondb"}));
    option("data", data, "folder of the published files; empty: the environment's MNEME_DATA", any_value());
    option("text", text, "what is written (source made)", one_of({"words", "lines"}));
    option("max_characters", max_characters,
           "longer texts are not drawn; of published ones they are left out of training and validation",
           between(12, 500));
    option("hand", hand, "whether letters hang together (source made)", one_of({"any", "joined", "printed"}));
    option("tolerance", tolerance,
           "points this near to the trace that the others leave are left out, in heights of an x",
           between(0, 1));
    option("length_groups", length_groups,
           "a training batch is one of so many parts of a draw sorted by length; 1: lengths are not grouped",
           between(1, 1024));
    option("decoding", decoding, "how labels are read from the outputs", one_of({"best-path", "beam"}));
    option("beam_width", beam_width, "fronts of the text that the beam follows (decoding beam)", at_least(1));
  }
};

/// Inputs of a step, a point of the thinned trace: offset x and y (y down) in heights of an x, 1 where the
/// pen is lifted behind it, and the time since the point before over 2 moments. Labels: 1 + the place in
/// pen_characters().
///
/// Each made text is by a hand of its own, so that the test's hands are not those of the training. Test rows:
/// for made texts `joined` 0 and 1 (those that `hand` has), for published ones `texts`, all of the test part.
///
/// Figures: `character_error_percent`, the edit distance to the text over its characters, and
/// `text_error_percent`, texts that are not wholly right.
class PenRecognitionTask : public Task {
 public:
  explicit PenRecognitionTask(const Settings& settings);
  std::string name() const override { return "pen-recognition"; }
  TaskSizes sizes() const override;
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::string headline() const override { return "character_error_percent"; }
  Batch sample(int64_t batch_size, Random& random) const override;
  /// A lower difficulty shortens the texts.
  void set_difficulty(double difficulty) override;
  std::vector<Batch> validation(int64_t sequences, int64_t batch_size, Random& random) const override;
  std::vector<TestSetting> test_settings() const override;
  std::vector<Batch> test(const TestSetting& setting, int64_t sequences, int64_t batch_size,
                          Random& random) const override;
  Score score(const Batch& batch, const at::Tensor& logits) const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

  /// The batch of traces, in that order; as thin as the options say.
  Batch batch_of(const std::vector<PenText>& pens) const;
  /// The trace whose points are the steps of a sequence.
  ThinnedPen steps_of(const PenText& pen) const { return thinned(pen, options_.tolerance); }
  /// What is read from a sequence of `steps` steps. logits: float [time, outputs].
  std::string read(const at::Tensor& logits, int64_t steps) const;

 private:
  enum class Hand { any, printed, joined };
  std::vector<PenText> draw(int64_t count, int64_t groups, double difficulty, Hand hand,
                            Random& random) const;
  Hand hand() const;
  std::vector<Batch> by_length(std::vector<const PenText*> pens, int64_t batch_size) const;

  PenRecognitionOptions options_;
  PublishedPen published_;
  double difficulty_ = 1;
};

/// The label of a character (1 and up) and back. Throws Error for others.
int64_t pen_label(char character);
char pen_character(int64_t label);

}  // namespace mneme
