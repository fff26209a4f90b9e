// GPT-2's own sub-words: byte pairs merged by a published list (Sennrich et al. 2016, arXiv:1508.07909;
// Radford et al. 2019).
#pragma once

#include <filesystem>
#include <unordered_map>

#include "mneme/tasks/text/text_units.h"

namespace mneme {

/// Any UTF-8 text is cut into words by GPT-2's rule, each word into its bytes, and the pair of neighbours
/// that comes first in the list is merged until none of the list is left.
class Gpt2Units : public TextUnits {
 public:
  /// `vocabulary`: the text of encoder.json (piece → number), `merges`: that of vocab.bpe (a line a merge).
  /// Throws Error when they do not fit each other, naming the line.
  Gpt2Units(const std::string& vocabulary, const std::string& merges);

  int64_t size() const override { return static_cast<int64_t>(pieces_.size()); }
  std::vector<int64_t> encode(std::string_view text) const override;
  std::string piece(int64_t token) const override;
  int64_t end_of_text() const override { return end_of_text_; }

 private:
  struct Merge {
    int64_t rank, token;
  };
  void encode_word(std::string_view word, std::vector<int64_t>& tokens) const;

  std::vector<std::string> pieces_;
  int64_t of_byte_[256];
  std::unordered_map<uint64_t, Merge> merges_;  // by left token << 32 | right token
  int64_t end_of_text_ = -1;
};

/// The words of GPT-2's rule: the contractions 's 't 're 've 'm 'll 'd, runs of letters, of digits, of
/// anything else that is not white space, each with one blank before it if there is one; white space
/// otherwise, leaving its last blank to the word that follows. Classes are those of Unicode 14. Concatenated
/// they are the text, which is UTF-8.
std::vector<std::string_view> gpt2_words(std::string_view text);

struct Gpt2Files {
  std::string vocabulary, merges;  ///< the texts of encoder.json and vocab.bpe
};

/// Reads encoder.json and vocab.bpe (or vocab.json and merges.txt), packed (.xz, .gz) or not, from `folder`, or from
/// gpt2_bpe in it. Throws DataError where there are none.
Gpt2Files read_gpt2_files(const std::filesystem::path& folder);

}  // namespace mneme
