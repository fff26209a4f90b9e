#include "mneme/tasks/text/subword_units.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include "mneme/core/error.h"

namespace mneme {
namespace {

/// Hands the trainer one line after the other.
class Lines : public sentencepiece::SentenceIterator {
 public:
  explicit Lines(const std::vector<std::string>& lines) : lines_(lines) {}
  bool done() const override { return at_ == lines_.size(); }
  void Next() override { ++at_; }
  const std::string& value() const override { return lines_[at_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& lines_;
  size_t at_ = 0;
};

void require(const sentencepiece::util::Status& status, const std::string& name) {
  if (!status.ok()) throw Error(name + ": " + status.error_message());
}

}  // namespace

SubwordUnits::SubwordUnits(std::string model, const std::string& name)
    : model_(std::move(model)), processor_(std::make_unique<sentencepiece::SentencePieceProcessor>()) {
  if (const auto status = processor_->LoadFromSerializedProto(model_); !status.ok())
    throw Error(name + ": no sentencepiece model, or a damaged one");
  const auto expect = [&](const char* what, int came, SpecialPiece expected) {
    if (came != expected)
      throw Error(name + ": the " + what + " piece has number " + std::to_string(came) + ", expected " +
                  std::to_string(expected));
  };
  expect("padding", processor_->pad_id(), kPaddingPiece);
  expect("unknown", processor_->unk_id(), kUnknownPiece);
  expect("begin", processor_->bos_id(), kBeginPiece);
  expect("end", processor_->eos_id(), kEndPiece);
}

SubwordUnits::~SubwordUnits() = default;
SubwordUnits::SubwordUnits(SubwordUnits&&) noexcept = default;
SubwordUnits& SubwordUnits::operator=(SubwordUnits&&) noexcept = default;

SubwordUnits SubwordUnits::learn(const std::vector<std::string>& lines, int64_t pieces) {
  const std::string name = "learning " + std::to_string(pieces) + " pieces from " +
                           std::to_string(lines.size()) + " lines of text";
  Lines iterator(lines);
  std::string model;
  require(sentencepiece::SentencePieceTrainer::Train({{"model_type", "bpe"},
                                                      {"vocab_size", std::to_string(pieces)},
                                                      {"character_coverage", "1.0"},
                                                      {"normalization_rule_name", "identity"},
                                                      {"pad_id", std::to_string(kPaddingPiece)},
                                                      {"unk_id", std::to_string(kUnknownPiece)},
                                                      {"bos_id", std::to_string(kBeginPiece)},
                                                      {"eos_id", std::to_string(kEndPiece)},
                                                      {"num_threads", "1"},
                                                      {"minloglevel", "2"}},
                                                     &iterator, &model),
          name);
  return SubwordUnits(std::move(model), name);
}

int64_t SubwordUnits::size() const {
  return processor_->GetPieceSize();
}

std::vector<int64_t> SubwordUnits::encode(std::string_view text) const {
  std::vector<int> numbers;
  require(processor_->Encode({text.data(), text.size()}, &numbers), "SubwordUnits.encode");
  return {numbers.begin(), numbers.end()};
}

std::string SubwordUnits::decode(const std::vector<int64_t>& pieces) const {
  std::string text;
  require(processor_->Decode(std::vector<int>(pieces.begin(), pieces.end()), &text), "SubwordUnits.decode");
  return text;
}

std::string SubwordUnits::piece(int64_t number) const {
  return processor_->IdToPiece(static_cast<int>(number));
}

}  // namespace mneme
