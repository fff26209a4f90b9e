// One declaration an option gives the recipe key, the flag, the help text, the checkpoint field and the
// report row. A struct of options declares a visitor:
//
//     struct NtmOptions {
//       int64_t slots = 128;
//       std::string controller = "lstm";
//       template <class Visitor>
//       void visit(Visitor&& option) {
//         option("slots", slots, "memory slots N", at_least(1));
//         option("controller", controller, "what drives the heads", one_of({"lstm", "feed-forward"}));
//       }
//     };
//
// and the functions here read, set and describe it. Member types: bool, int64_t, double, std::string,
// std::vector<int64_t>.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "mneme/core/error.h"

namespace mneme {

using OptionValue = std::variant<bool, int64_t, double, std::string, std::vector<int64_t>>;

/// "128", "0.001", "lstm", "[10, 20]": as it is written in a recipe, strings without quotes.
std::string option_text(const OptionValue& value);

/// What values an option takes: a closed range or a list of words.
struct OptionLimits {
  std::optional<double> low, high;
  std::vector<std::string> words;
};
OptionLimits any_value();
OptionLimits at_least(double low);
OptionLimits between(double low, double high);
OptionLimits one_of(std::vector<std::string> words);

/// A setting given by a user: the value and where it was written ("copy.toml:7:1", "command line").
struct Setting {
  OptionValue value;
  std::string origin;
};
using Settings = std::map<std::string, Setting, std::less<>>;

struct OptionInfo {
  std::string key;
  OptionValue value;  ///< the present value: the default, in a default-constructed struct
  std::string help;
  OptionLimits limits;
};

/// The nearest of the known words by edit distance; empty when none is near.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

/// The value of `setting` as the type of `option.value`, within the limits; an integer is taken for a double.
/// Throws UsageError: `copy.toml:7:1: model.slots is -3, expected an integer of at least 1 (memory slots N)`.
OptionValue checked_option(const OptionInfo& option, std::string_view section, const Setting& setting);

/// Throws UsageError for the first setting whose key is not among the options:
/// `copy.toml:7:1: unknown key model.slotz; did you mean slots?`
void refuse_unknown(const std::vector<OptionInfo>& options, std::string_view section,
                    const Settings& settings);

template <class Options>
std::vector<OptionInfo> describe_options(Options options) {
  std::vector<OptionInfo> list;
  options.visit([&](std::string_view key, auto& member, std::string_view help, const OptionLimits& limits) {
    list.push_back({std::string(key), OptionValue(member), std::string(help), limits});
  });
  return list;
}

/// Sets the options that `settings` names. `section` is the recipe table they came from ("model").
template <class Options>
void apply_settings(Options& options, std::string_view section, const Settings& settings) {
  refuse_unknown(describe_options(options), section, settings);
  options.visit([&](std::string_view key, auto& member, std::string_view help, const OptionLimits& limits) {
    const auto found = settings.find(key);
    if (found == settings.end()) return;
    const OptionInfo info{std::string(key), OptionValue(member), std::string(help), limits};
    using Member = std::remove_reference_t<decltype(member)>;
    member = std::get<Member>(checked_option(info, section, found->second));
  });
}

/// The options as they are by default but for those that `settings` names.
template <class Options>
Options options_from(std::string_view section, const Settings& settings) {
  Options options;
  apply_settings(options, section, settings);
  return options;
}

}  // namespace mneme
