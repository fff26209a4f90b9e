#include "mneme/cli/sweep.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "mneme/core/error.h"

namespace mneme {
namespace {

constexpr int64_t kMostValues = 1000;

/// The parts between commas that no bracket or quote encloses.
std::vector<std::string> values_of(const std::string& text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (c == '[') ++depth;
    if (c == ']') --depth;
    if (c == ',' && depth == 0 && !quoted)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// "[12]" is the number 12 between "[" and "]".
struct NumberInText {
  std::string before, after;
  int64_t number = 0;
};

std::optional<NumberInText> number_in(const std::string& text) {
  const size_t begin = text.find_first_of("0123456789");
  if (begin == std::string::npos) return std::nullopt;
  const size_t end = std::min(text.size(), text.find_first_not_of("0123456789", begin));
  NumberInText found{text.substr(0, begin), text.substr(end), 0};
  const auto [stopped, fault] = std::from_chars(text.data() + begin, text.data() + end, found.number);
  if (fault != std::errc() || found.after.find_first_of("0123456789") != std::string::npos) return std::nullopt;
  return found;
}

}  // namespace

Sweep parse_sweep(const std::string& text) {
  const auto refuse = [&text](const std::string& expected) {
    throw UsageError("train: --sweep is " + text + ", expected " + expected);
  };
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == text.size())
    refuse("KEY=V1,V2,…, such as model.hops=1,2,3");
  Sweep sweep{text.substr(0, equals), {}};
  for (const auto& part : values_of(text.substr(equals + 1))) {
    if (part.empty()) refuse("a value between two commas");
    const size_t dots = part.find("..");
    if (dots == std::string::npos) {
      sweep.values.push_back(part);
      continue;
    }
    const auto first = number_in(part.substr(0, dots)), last = number_in(part.substr(dots + 2));
    if (!first || !last || first->before != last->before || first->after != last->after ||
        first->number > last->number || last->number - first->number >= kMostValues)
      refuse("two rising integers round the dots, such as 1..3 or [1]..[20]");
    for (int64_t number = first->number; number <= last->number; ++number)
      sweep.values.push_back(first->before + std::to_string(number) + first->after);
  }
  return sweep;
}

std::vector<Variant> combinations(const std::vector<Sweep>& sweeps, int64_t seeds, uint64_t first) {
  std::vector<Variant> variants(1);
  const auto each_with = [&variants](const std::string& key, const std::vector<std::string>& values) {
    std::vector<Variant> all;
    for (const Variant& variant : variants)
      for (const auto& value : values) {
        all.push_back(variant);
        all.back().emplace_back(key, value);
      }
    variants = std::move(all);
  };
  for (const Sweep& sweep : sweeps) each_with(sweep.key, sweep.values);
  if (seeds > 0) {
    std::vector<std::string> numbers;
    for (int64_t i = 0; i < seeds; ++i) numbers.push_back(std::to_string(first + static_cast<uint64_t>(i)));
    each_with("seed", numbers);
  }
  return variants;
}

std::vector<std::string> settings_of(const Variant& variant) {
  std::vector<std::string> settings;
  for (const auto& [key, value] : variant) settings.push_back((key == "seed" ? "training.seed" : key) + "=" + value);
  return settings;
}

}  // namespace mneme
