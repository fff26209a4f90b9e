// Translation: a sentence in one language is read, and the same in another is written, piece by piece.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mneme/tasks/task.h"
#include "mneme/tasks/text/subword_units.h"
#include "mneme/tasks/translation/parallel_text.h"

namespace mneme {

struct TranslationOptions {
  std::string data;
  std::string corpus = "multi30k";
  std::string source = "en", target = "de";
  std::string train = "train", validation = "val", test = "test_2016_flickr";
  std::string columns = "en de";
  int64_t pieces = 8000;
  int64_t most_pieces = 100;
  int64_t batch_tokens = 4096;
  int64_t beam_width = 4;
  double length_penalty = 0.6;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("data", data, "folder that holds the corpus; empty: the environment's MNEME_DATA", any_value());
    option("corpus", corpus, "folder of parallel files in it, or a file of pairs (.tsv, .zip)", any_value());
    option("source", source, "language that is read, as the files end with it: train.en", any_value());
    option("target", target, "language that is written", any_value());
    option("train", train, "training files before the dot", any_value());
    option("validation", validation, "validation files before the dot", any_value());
    option("test", test, "test files before the dot", any_value());
    option("columns", columns, "languages of a file of pairs, in the order of its columns", any_value());
    option("pieces", pieces, "sub-word pieces of both languages together", between(16, 1 << 20));
    option("most_pieces", most_pieces, "longer training sentences are left out", at_least(1));
    option("batch_tokens", batch_tokens, "most tokens of a batch on either side, padding counted",
           at_least(1));
    option("beam_width", beam_width, "translations that are followed side by side", at_least(1));
    option("length_penalty", length_penalty, "power of the length that scores are divided by", at_least(0));
  }
};

/// The context is the source's pieces and an end; the inputs are a begin and the target's pieces, the targets
/// these pieces and an end (both ends and the begin of SpecialPiece), so that each step is asked for the next
/// piece.
///
/// The pieces are learned from the training text of both languages and kept with a trained model as the file
/// `vocabulary.model`, which is why a trained model reads no training text.
///
/// A batch holds pairs of like lengths, as many as `batch_tokens` and the batch size let it. Every training
/// pair is drawn equally often. Difficulty changes nothing. One row of the test: the whole file.
///
/// Figures: `nats_per_token` and, of translations that were written, `bleu` and `bleu_lower_case` (0 to 100).
class TranslationTask : public Task {
 public:
  /// Reads the training text when `files` holds no vocabulary. Throws DataError and Error as
  /// read_parallel_text.
  TranslationTask(const Settings& settings, const ModelFiles& files);

  std::string name() const override { return "translation"; }
  TaskSizes sizes() const override {
    return {1, units_.size(), TargetKind::classes, units_.size(), units_.size()};
  }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  ModelFiles files() const override { return {{kVocabularyFile, units_.model()}}; }
  std::string headline() const override { return "nats_per_token"; }
  Batch sample(int64_t batch_size, Random& random) const override;
  void set_difficulty(double difficulty) override;
  /// The whole validation text, whatever `sequences` says.
  std::vector<Batch> validation(int64_t sequences, int64_t batch_size, Random& random) const override;
  std::vector<TestSetting> test_settings() const override { return {{}}; }
  std::vector<Batch> test(const TestSetting& setting, int64_t sequences, int64_t batch_size,
                          Random& random) const override;
  Score score(const Batch& batch, const at::Tensor& logits) const override;
  std::optional<Writing> writing() const override;
  Score score_written(const Batch& batch, const std::vector<std::vector<int64_t>>& written) const override;
  void complete(Score& total) const override;
  std::map<std::string, std::string> notes() const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

  const SubwordUnits& units() const { return units_; }
  /// A batch of these sentences, in this order, with nothing to be asked for: what is translated.
  Batch sources(const std::vector<std::string>& sentences) const;
  /// A batch of one sentence and what was written for it, in pieces.
  Batch written(const std::string& sentence, const std::vector<int64_t>& pieces) const;

  static constexpr auto kVocabularyFile = "vocabulary.model";

 private:
  struct Numbers {
    std::vector<int64_t> source, target;  // pieces, without begin and end
    std::string reference;
  };
  using Pairs = std::vector<Numbers>;
  ParallelText read(Part part) const;
  SubwordUnits vocabulary(const ModelFiles& files) const;
  Numbers numbers(const SentencePair& pair) const;
  const Pairs& training() const;
  Batch make_batch(const std::vector<const Numbers*>& pairs) const;
  /// Cuts pairs of rising length into batches; no pair is left out.
  std::vector<std::vector<const Numbers*>> cut(const std::vector<const Numbers*>& sorted,
                                               int64_t batch_size) const;
  std::vector<Batch> all(Part part, int64_t batch_size) const;

  TranslationOptions options_;
  SubwordUnits units_;
  mutable std::once_flag training_read_;
  mutable Pairs training_;
};

}  // namespace mneme
