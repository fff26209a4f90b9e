#include "mneme/training/length.h"

#include <charconv>
#include <cmath>

#include "mneme/core/error.h"

namespace mneme {
namespace {

double progress(Length::Unit unit, const Position& position) {
  switch (unit) {
    case Length::Unit::updates:
      return static_cast<double>(position.updates);
    case Length::Unit::sequences:
      return static_cast<double>(position.sequences);
    case Length::Unit::seconds:
      return position.seconds;
  }
  return 0;
}

struct Suffix {
  std::string_view text;
  Length::Unit unit;
  double factor;
};

constexpr Suffix kSuffixes[] = {
    {"", Length::Unit::updates, 1},         {"u", Length::Unit::updates, 1},
    {"ku", Length::Unit::updates, 1e3},     {"Mu", Length::Unit::updates, 1e6},
    {"seq", Length::Unit::sequences, 1},    {"kseq", Length::Unit::sequences, 1e3},
    {"Mseq", Length::Unit::sequences, 1e6}, {"s", Length::Unit::seconds, 1},
    {"m", Length::Unit::seconds, 60},       {"h", Length::Unit::seconds, 3600},
};

}  // namespace

double Length::share(const Position& position) const {
  return none() ? 1 : progress(unit, position) / amount;
}

bool Length::passed(const Position& last, const Position& next) const {
  return !none() && std::floor(share(next)) > std::floor(share(last));
}

Length parse_length(std::string_view name, std::string_view text) {
  double amount = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, amount, std::chars_format::fixed);
  if (problem == std::errc() && amount >= 0) {
    const std::string_view suffix(rest, static_cast<size_t>(end - rest));
    for (const auto& known : kSuffixes)
      if (suffix == known.text) return {known.unit, amount * known.factor};
  }
  throw UsageError(std::string(name) + " is \"" + std::string(text) +
                   "\", expected updates (\"500u\", \"20ku\"), sequences (\"300kseq\") or wall time "
                   "(\"90s\", \"15m\", \"2h\")");
}

}  // namespace mneme
