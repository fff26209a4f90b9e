// The command line of one verb: its options, help with examples, and errors that name the nearest option.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mneme/cli/result.h"
#include "mneme/cli/verbs.h"

namespace mneme {

struct Example {
  std::string command;  ///< "mneme train recipes/ntm/copy.toml"
  std::string what;     ///< "the NTM of the paper learns to copy"
};

/// Members that options are bound to must outlive parse().
class Command {
 public:
  Command(std::string verb, std::string summary, std::vector<Example> examples);

  void flag(const std::string& name, bool& value, const std::string& help);
  void text(const std::string& name, std::string& value, const std::string& placeholder,
            const std::string& help);
  /// May be given several times.
  void texts(const std::string& name, std::vector<std::string>& values, const std::string& placeholder,
             const std::string& help);
  void integer(const std::string& name, int64_t& value, int64_t low, const std::string& help);
  void integer(const std::string& name, std::optional<uint64_t>& value, const std::string& help);
  void number(const std::string& name, double& value, double low, double high, const std::string& help);
  void integers(const std::string& name, std::vector<int64_t>& values, int64_t low, const std::string& help);
  /// Words without dashes, in the order given.
  void words(const std::string& name, std::vector<std::string>& values, const std::string& help);

  /// False when help was asked for and printed. Sets colours and threads. Throws UsageError.
  bool parse(const Arguments& arguments);

  /// Prints a result as --json and --color ask.
  void print(const Result& result) const;
  bool json() const { return json_; }
  /// "train: no recipe given; …" as a UsageError, for what a verb finds wrong by itself.
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  std::string verb_;
  CLI::App app_;
  bool json_ = false;
  std::string colour_ = "auto";
  Colours colours_ = Colours::automatic;
  int64_t threads_ = 0;
};

}  // namespace mneme
