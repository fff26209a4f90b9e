#include "mneme/cli/result.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "mneme/core/figure_text.h"

namespace mneme {
namespace {

std::string cell_text(const ResultRow& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number_float()) return figure_text(value.get<double>());
  return value.dump();
}

// Columns of the terminal, not bytes: a path may hold letters such as "β".
size_t display_width(const std::string& text) {
  const auto begins_letter = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_letter));
}

std::string padded(const std::string& text, size_t width, bool to_the_right) {
  const std::string blanks(width - std::min(width, display_width(text)), ' ');
  return to_the_right ? blanks + text : text + blanks;
}

std::string one_table(const std::vector<ResultRow>& rows, bool coloured) {
  struct Column {
    std::string name;
    size_t width;
    bool numbers = true;
  };
  std::vector<Column> columns;
  for (const ResultRow& row : rows) {
    for (const auto& [name, value] : row.items()) {
      auto column =
          std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
      if (column == columns.end()) column = columns.insert(column, {name, display_width(name)});
      column->width = std::max(column->width, display_width(cell_text(value)));
      if (!value.is_number() && !value.is_null()) column->numbers = false;
    }
  }
  const auto line = [&](const auto& cell) {
    std::string text;
    for (const Column& column : columns)
      text.append(text.empty() ? "" : "  ").append(padded(cell(column), column.width, column.numbers));
    return text.erase(text.find_last_not_of(' ') + 1);
  };
  const std::string heading = line([](const Column& column) { return column.name; });
  std::string text = coloured ? "\x1b[1m" + heading + "\x1b[0m\n" : heading + "\n";
  for (const ResultRow& row : rows)
    text += line([&](const Column& column) {
              return row.contains(column.name) ? cell_text(row[column.name]) : std::string();
            }) +
            "\n";
  return text;
}

bool coloured(Colours colours) {
  if (colours != Colours::automatic) return colours == Colours::always;
  const char* refused = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0') &&
         (terminal == nullptr || std::string(terminal) != "dumb");
}

}  // namespace

std::string result_table(const std::vector<ResultRow>& rows, bool coloured) {
  std::string text;
  for (auto begin = rows.begin(); begin != rows.end();) {
    const auto kind = begin->value("kind", "");
    const auto end =
        std::find_if(begin, rows.end(), [&](const ResultRow& row) { return row.value("kind", "") != kind; });
    text.append(text.empty() ? "" : "\n").append(one_table({begin, end}, coloured));
    begin = end;
  }
  return text;
}

void print_result(const Result& result, bool json, Colours colours) {
  if (!json) {
    std::fputs(result_table(result.rows, coloured(colours)).c_str(), stdout);
    return;
  }
  ResultRow object;
  object["command"] = result.command;
  object["model"] = result.model.empty() ? ResultRow() : ResultRow(result.model);
  object["seed"] = result.seed ? ResultRow(*result.seed) : ResultRow();
  object["rows"] = result.rows;
  // A path that is not UTF-8 shall not cost the result of an hour.
  const std::string text = object.dump(-1, ' ', false, ResultRow::error_handler_t::replace);
  std::fputs((text + "\n").c_str(), stdout);
}

ResultRow test_row(const EvaluationRow& row, const std::string& kind) {
  ResultRow shown = ResultRow::object();
  if (!kind.empty()) shown["kind"] = kind;
  for (const auto& [name, value] : row.setting) shown[name] = value;
  for (const auto& [name, value] : row.figures) shown[name] = finite_or_null(value);
  return shown;
}

ResultRow overall_row(const std::map<std::string, double>& figures, const std::string& kind) {
  ResultRow shown = ResultRow::object();
  if (!kind.empty()) shown["kind"] = kind;
  shown["task"] = "mean";
  shown.update(test_row({{}, figures}));
  return shown;
}

ResultRow finite_or_null(double value) {
  return std::isfinite(value) ? ResultRow(value) : ResultRow();
}

}  // namespace mneme
