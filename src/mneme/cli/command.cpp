#include "mneme/cli/command.h"

#include <ATen/Parallel.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "mneme/core/error.h"
#include "mneme/core/figure_text.h"
#include "mneme/core/options.h"

namespace mneme {
namespace {

template <class Integer>
std::optional<Integer> parsed(const std::string& text) {
  Integer value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string example_text(const std::vector<Example>& examples) {
  std::string text = "Examples:";
  for (const Example& example : examples) text += "\n  " + example.command + "\n      " + example.what;
  return text;
}

}  // namespace

Command::Command(std::string verb, std::string summary, std::vector<Example> examples)
    : verb_(std::move(verb)), app_(std::move(summary), "mneme " + verb_) {
  app_.allow_extras();
  app_.footer(example_text(examples));
  app_.get_formatter()->column_width(34);
  app_.set_help_flag("-h,--help", "print this and exit");
  flag("--json", json_, "print the result as one JSON object on stdout");
  text("--color", colour_, "WHEN", "colours: auto (on a terminal, unless NO_COLOR is set), always, never");
  integer("--threads", threads_, 1, "threads to compute with (default: as many as the machine has cores)");
}

void Command::flag(const std::string& name, bool& value, const std::string& help) {
  app_.add_flag(name, value, help);
}

void Command::text(const std::string& name, std::string& value, const std::string& placeholder,
                   const std::string& help) {
  app_.add_option(name, value, help)->type_name(placeholder);
}

void Command::texts(const std::string& name, std::vector<std::string>& values, const std::string& placeholder,
                    const std::string& help) {
  app_.add_option(name, values, help)
      ->type_name(placeholder)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void Command::integer(const std::string& name, int64_t& value, int64_t low, const std::string& help) {
  const auto take = [this, name, low, &value](const std::string& word) {
    const auto number = parsed<int64_t>(word);
    if (!number || *number < low)
      refuse(name + " is " + word + ", expected an integer of at least " + std::to_string(low));
    value = *number;
  };
  app_.add_option_function<std::string>(name, take, help)->type_name("N");
}

void Command::integer(const std::string& name, std::optional<uint64_t>& value, const std::string& help) {
  const auto take = [this, name, &value](const std::string& word) {
    value = parsed<uint64_t>(word);
    if (!value) refuse(name + " is " + word + ", expected an integer of at least 0");
  };
  app_.add_option_function<std::string>(name, take, help)->type_name("N");
}

void Command::number(const std::string& name, double& value, double low, double high, const std::string& help) {
  const auto take = [this, name, low, high, &value](const std::string& word) {
    const auto number = parsed<double>(word);
    if (!number || !(*number >= low && *number <= high))
      refuse(name + " is " + word + ", expected a number " +
             (std::isinf(high) ? "of at least " + figure_text(low)
                               : "from " + figure_text(low) + " to " + figure_text(high)));
    value = *number;
  };
  app_.add_option_function<std::string>(name, take, help)->type_name("X");
}

void Command::integers(const std::string& name, std::vector<int64_t>& values, int64_t low,
                       const std::string& help) {
  const auto take = [this, name, low, &values](const std::string& list) {
    values.clear();
    for (const std::string& word : CLI::detail::split(list, ',')) {
      const auto number = parsed<int64_t>(word);
      if (!number || *number < low)
        refuse(name + " is " + list + ", expected integers of at least " + std::to_string(low) +
               " with commas between");
      values.push_back(*number);
    }
  };
  app_.add_option_function<std::string>(name, take, help)->type_name("N,N,...");
}

void Command::words(const std::string& name, std::vector<std::string>& values, const std::string& help) {
  app_.add_option(name, values, help)->type_name("");
}

bool Command::parse(const Arguments& arguments) {
  try {
    // CLI11 takes the words last first.
    app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    std::fputs((app_.help() + "\n").c_str(), stdout);
    return false;
  } catch (const CLI::ParseError& error) {
    refuse(std::string(error.what()) + " (mneme " + verb_ + " --help)");
  }
  for (const std::string& extra : app_.remaining()) {
    std::vector<std::string> known;
    for (const CLI::Option* option : app_.get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    if (extra.empty() || extra[0] != '-') refuse("does not take the word " + extra);
    const std::string option = extra.substr(0, extra.find('='));
    const std::string nearest = nearest_word(option, known);
    refuse("unknown option " + option + (nearest.empty() ? "" : "; did you mean " + nearest + "?") +
           " (mneme " + verb_ + " --help)");
  }
  if (colour_ != "auto" && colour_ != "always" && colour_ != "never")
    refuse("--color is " + colour_ + ", expected one of auto, always, never");
  colours_ = colour_ == "auto" ? Colours::automatic : colour_ == "always" ? Colours::always : Colours::never;
  configure_log(/*quiet=*/false, colours_);
  if (threads_ > 0) at::set_num_threads(static_cast<int>(threads_));
  return true;
}

void Command::print(const Result& result) const {
  print_result(result, json_, colours_);
}

void Command::refuse(const std::string& what) const {
  throw UsageError(verb_ + ": " + what);
}

}  // namespace mneme
