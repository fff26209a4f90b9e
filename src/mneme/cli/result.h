// The result of a verb on stdout: a table for people, or with --json exactly one object
// {"command": …, "model": …, "seed": …, "rows": [{…}, …]}.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mneme/core/log.h"
#include "mneme/training/evaluate.h"

namespace mneme {

/// The setting of a row first (length, task, batch), then its figures; null where there is none. Where a
/// verb prints rows of several kinds, "kind" comes first and says which.
using ResultRow = nlohmann::ordered_json;

struct Result {
  std::string command;
  std::string model;             ///< empty when the verb is about no model: null in JSON
  std::optional<uint64_t> seed;  ///< likewise
  std::vector<ResultRow> rows;
};

/// Writes to stdout; with `json` that is all that stdout gets.
void print_result(const Result& result, bool json, Colours colours);

/// The rows as aligned tables, one for each run of rows of one kind, with a column for every key in order
/// of first appearance.
std::string result_table(const std::vector<ResultRow>& rows, bool coloured);

/// Setting and figures of a test's row, after `kind`.
ResultRow test_row(const EvaluationRow& row, const std::string& kind = "");

/// What the rows of a test say together: "mean" where each of them has its task.
ResultRow overall_row(const std::map<std::string, double>& figures, const std::string& kind = "");

/// A number; null for infinity and not-a-number, which JSON cannot hold.
ResultRow finite_or_null(double value);

/// The value, or null where there is none.
template <class Value>
ResultRow or_null(const std::optional<Value>& value) {
  return value ? ResultRow(*value) : ResultRow();
}

}  // namespace mneme
