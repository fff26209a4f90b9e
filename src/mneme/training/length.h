// Lengths of runs and intervals, with their unit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mneme {

/// How far a run has come.
struct Position {
  int64_t updates = 0;
  int64_t sequences = 0;  ///< trained on, all updates together
  double seconds = 0;     ///< of training, over all resumptions
};

/// "30000", "500u", "20ku", "1.5Mu": updates. "4000seq", "300kseq", "2Mseq": sequences.
/// "90s", "15m", "2h": wall time.
struct Length {
  enum class Unit { updates, sequences, seconds };
  Unit unit = Unit::updates;
  double amount = 0;

  bool none() const { return amount <= 0; }
  /// How often the length fits into the way to `position`: 1 and above when a run of this length is over.
  double share(const Position& position) const;
  /// Whether `next` lies in a later interval of this length than `last`. Never, for a length of none.
  bool passed(const Position& last, const Position& next) const;
};

/// `name` is the option's, for the error. Throws UsageError: `training.length is "20x", expected updates
/// ("500u", "20ku"), sequences ("300kseq") or wall time ("90s", "15m", "2h")`.
Length parse_length(std::string_view name, std::string_view text);

}  // namespace mneme
