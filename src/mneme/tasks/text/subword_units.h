// Texts as numbers of sub-word pieces: byte-pair encoding by the sentencepiece library
// (Sennrich, Haddow and Birch 2016, arXiv:1508.07909; Kudo and Richardson 2018, arXiv:1808.06226).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace mneme {

/// The same in every vocabulary that is trained here.
enum SpecialPiece : int64_t {
  kPaddingPiece = 0,
  kUnknownPiece = 1,
  kBeginPiece = 2,
  kEndPiece = 3,
};

class SubwordUnits {
 public:
  /// `model` holds the bytes of a sentencepiece model; errors call it `name`. Throws Error when it is damaged
  /// or its special pieces have other numbers than ours.
  SubwordUnits(std::string model, const std::string& name);
  ~SubwordUnits();
  SubwordUnits(SubwordUnits&&) noexcept;
  SubwordUnits& operator=(SubwordUnits&&) noexcept;

  /// Learns `pieces` pieces, the special ones among them, from lines of text. The same lines give the same
  /// pieces. Every character of the lines is a piece; the text is taken as it is, without normalisation.
  /// Throws Error when the lines do not have so many.
  static SubwordUnits learn(const std::vector<std::string>& lines, int64_t pieces);

  int64_t size() const;
  std::vector<int64_t> encode(std::string_view text) const;  ///< without begin and end
  std::string decode(const std::vector<int64_t>& pieces) const;
  /// As it stands in the vocabulary: "▁Mann", where ▁ begins a word.
  std::string piece(int64_t number) const;

  /// The bytes of a sentencepiece model, which its own programs read too.
  const std::string& model() const { return model_; }

 private:
  std::string model_;
  std::unique_ptr<sentencepiece::SentencePieceProcessor> processor_;
};

}  // namespace mneme
