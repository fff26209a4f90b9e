#include "mneme/core/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "mneme/core/nearest_words.h"

namespace mneme {
namespace {

/// The shortest text that reads back as the same number, with a point or an exponent so that it stays a
/// number of this type: "0.0003", "2.0", "1e-5".
std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[32];
  const double size = std::abs(value);
  const auto format =
      size == 0 || (size >= 1e-4 && size < 1e9) ? std::chars_format::fixed : std::chars_format::scientific;
  std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr);
  if (const size_t exponent = text.find('e'); exponent != std::string::npos) {
    // "1e-05" and "1e+10" become "1e-5" and "1e10".
    size_t digits = exponent + 1;
    if (text[digits] == '+') text.erase(digits, 1);
    if (text[digits] == '-') ++digits;
    if (text[digits] == '0') text.erase(digits, 1);
  } else if (text.find('.') == std::string::npos) {
    text += ".0";
  }
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

std::string limit_text(double limit) {
  const std::string text = number_text(limit);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

std::string expected_text(const OptionInfo& option) {
  const OptionLimits& limits = option.limits;
  if (std::holds_alternative<bool>(option.value)) return "true or false";
  if (std::holds_alternative<std::string>(option.value))
    return limits.words.empty() ? "text in quotes" : "one of " + joined(limits.words);
  std::string text = "a list of integers";
  if (std::holds_alternative<int64_t>(option.value)) text = "an integer";
  if (std::holds_alternative<double>(option.value)) text = "a number";
  if (limits.low && limits.high)
    return text + " between " + limit_text(*limits.low) + " and " + limit_text(*limits.high);
  if (limits.low) return text + " of at least " + limit_text(*limits.low);
  if (limits.high) return text + " of at most " + limit_text(*limits.high);
  return text;
}

bool within(const OptionLimits& limits, double value) {
  return !std::isnan(value) && (!limits.low || value >= *limits.low) &&
         (!limits.high || value <= *limits.high);
}

bool within(const OptionLimits& limits, const OptionValue& value) {
  const auto& words = limits.words;
  if (const auto* word = std::get_if<std::string>(&value))
    return words.empty() || std::find(words.begin(), words.end(), *word) != words.end();
  if (const auto* number = std::get_if<double>(&value)) return within(limits, *number);
  if (const auto* integer = std::get_if<int64_t>(&value))
    return within(limits, static_cast<double>(*integer));
  if (const auto* list = std::get_if<std::vector<int64_t>>(&value))
    return std::all_of(list->begin(), list->end(),
                       [&](int64_t item) { return within(limits, static_cast<double>(item)); });
  return true;
}

}  // namespace

std::string option_text(const OptionValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&value)) return number_text(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  std::vector<std::string> items;
  for (const int64_t item : std::get<std::vector<int64_t>>(value)) items.push_back(std::to_string(item));
  std::string list = "[";
  return list.append(joined(items)) + "]";
}

OptionLimits any_value() {
  return {};
}
OptionLimits at_least(double low) {
  return {low, std::nullopt, {}};
}
OptionLimits between(double low, double high) {
  return {low, high, {}};
}
OptionLimits one_of(std::vector<std::string> words) {
  return {std::nullopt, std::nullopt, std::move(words)};
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
  const auto nearest = nearest_words(word, known, 1);
  return nearest.empty() ? "" : nearest.front();
}

OptionValue checked_option(const OptionInfo& option, std::string_view section, const Setting& setting) {
  OptionValue value = setting.value;
  if (std::holds_alternative<double>(option.value) && std::holds_alternative<int64_t>(value))
    value = static_cast<double>(std::get<int64_t>(value));
  if (value.index() == option.value.index() && within(option.limits, value)) return value;

  std::string came = option_text(setting.value);
  std::string hint;
  if (const auto* text = std::get_if<std::string>(&setting.value)) {
    came = '"' + came + '"';
    const std::string nearest = nearest_word(*text, option.limits.words);
    if (!nearest.empty()) hint = "; did you mean " + nearest + "?";
  }
  throw UsageError(setting.origin + ": " + std::string(section) + "." + option.key + " is " + came +
                   ", expected " + expected_text(option) + " (" + option.help + ")" + hint);
}

void refuse_unknown(const std::vector<OptionInfo>& options, std::string_view section,
                    const Settings& settings) {
  std::vector<std::string> known;
  for (const auto& option : options) known.push_back(option.key);
  for (const auto& [key, setting] : settings) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string nearest = nearest_word(key, known);
    throw UsageError(
        setting.origin + ": unknown key " + std::string(section) + "." + key +
        (nearest.empty() ? "; known keys: " + joined(known) : "; did you mean " + nearest + "?"));
  }
}

}  // namespace mneme
