// Language modelling: what comes next in a text?
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mneme/tasks/task.h"
#include "mneme/tasks/text/passages.h"
#include "mneme/tasks/text/text_units.h"

namespace mneme {

struct TextOptions {
  std::string text = "tinyshakespeare";
  std::string data;
  std::string units = "characters";
  std::string characters;
  std::string vocabulary;
  int64_t words = 10000;
  int64_t numbers = 256;
  int64_t context = 64;
  double held_out_percent = 10;
  std::string passages;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("text", text,
           "a text file, a folder or tar archive of .txt files, or tinyshakespeare, wikitext2 or gutenberg "
           "in the data",
           any_value());
    option("data", data, "folder of the collections; empty: the environment's MNEME_DATA", any_value());
    option("units", units,
           "what a token is (gpt2: the sub-words of GPT-2; numbers: the text is token numbers)",
           one_of({"bytes", "characters", "words", "gpt2", "numbers"}));
    option("characters", characters,
           "the characters in their order (units characters); empty: those of the text", any_value());
    option("vocabulary", vocabulary,
           "folder of encoder.json and vocab.bpe (units gpt2); empty: where the data is", any_value());
    option("words", words, "most words of the vocabulary, which is that of the training part (units words)",
           at_least(3));
    option("numbers", numbers, "tokens are numbers below this (units numbers)", at_least(1));
    option("context", context, "tokens of a sequence, each of which predicts the next", at_least(1));
    option("held_out_percent", held_out_percent,
           "the end of the text that training does not see (not wikitext2)", between(0, 99));
    option("passages", passages,
           "a file of passages, one a line, whose last words the test asks for instead (LAMBADA)", any_value());
  }
};

/// A sequence is a stretch of the training part that begins anywhere; the target of each token is the next.
/// The held-out part is cut into stretches side by side: validation takes some, evenly spread, the test all
/// of them in its only row, `context`. The text is read when a batch is first asked for, so that a trained
/// model whose vocabulary is in its recipe needs no data.
///
/// With `passages` the test asks for the last word of each, from as much before it as the context holds; its only row is
/// `passages`, their number.
///
/// Figures: `nats_per_token`, and `bits_per_character` (characters of UTF-8 in the tokens that were
/// predicted); of passages `last_word_percent`, words of which every token was the likeliest.
class TextTask : public Task {
 public:
  /// `files` are those of a trained model: its words, or its GPT-2 vocabulary.
  explicit TextTask(const Settings& settings, const ModelFiles& files = {});
  ~TextTask() override;
  std::string name() const override { return "text"; }
  TaskSizes sizes() const override;
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  ModelFiles files() const override { return files_; }
  std::string headline() const override { return "nats_per_token"; }
  Batch sample(int64_t batch_size, Random& random) const override;
  void set_difficulty(double difficulty) override;
  std::vector<Batch> validation(int64_t sequences, int64_t batch_size, Random& random) const override;
  std::vector<TestSetting> test_settings() const override;
  std::vector<Batch> test(const TestSetting& setting, int64_t sequences, int64_t batch_size,
                          Random& random) const override;
  Score score(const Batch& batch, const at::Tensor& logits) const override;
  std::string print(const Batch& batch, int64_t index, const at::Tensor& logits) const override;

  const TextUnits& units() const { return *units_; }

 private:
  struct Tokens;
  const Tokens& tokens() const;
  Batch make_batch(const std::vector<int64_t>& part, const int64_t* starts, int64_t count) const;
  /// A passage's steps before its last word are not due.
  std::vector<Batch> passage_batches(int64_t batch_size) const;
  std::vector<Batch> in_batches(const std::vector<int64_t>& starts, int64_t batch_size) const;

  TextOptions options_;
  ModelFiles files_;
  std::unique_ptr<TextUnits> units_;
  std::vector<Passage> passages_;
  mutable std::once_flag read_;
  mutable std::unique_ptr<Tokens> tokens_;
};

}  // namespace mneme
