// How near are translations to what people wrote? (Papineni et al. 2002; counted as sacreBLEU does, Post
// 2018, arXiv:1804.08771, so that figures can be compared.)
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mneme {

enum class LetterCase { mixed, lower };

/// What a corpus is scored by; counts of its parts add up.
struct BleuCounts {
  static constexpr size_t kOrders = 4;
  std::array<int64_t, kOrders> matches{};  ///< n-grams that translation and reference share, clipped
  std::array<int64_t, kOrders> total{};    ///< n-grams of the translation
  int64_t length = 0, reference_length = 0;  ///< words

  void add(const BleuCounts& other);
};

/// The words that are counted: sacreBLEU's "13a", which is mteval-v13a's: punctuation apart from words, but
/// not within numbers.
std::vector<std::string> bleu_words(std::string_view line, LetterCase letters = LetterCase::mixed);

BleuCounts bleu_counts(std::string_view translation, std::string_view reference,
                       LetterCase letters = LetterCase::mixed);

/// From 0 to 100:
///
///     BLEU = min(1, exp(1 - r/c)) · (p_1 p_2 p_3 p_4)^(1/4)
///
/// of the words c of the translations and r of the references and the shares p_n of n-grams that match. Where
/// none of an order match, 1 / (2^k · total) takes the place of the share, k counting such orders ("exp"
/// smoothing).
double bleu(const BleuCounts& counts);

/// What sacreBLEU prints beside its figure: "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"
/// names the version that this is tested against.
std::string bleu_signature(LetterCase letters);

}  // namespace mneme
