// A table of results beside the published ones: as text for a terminal, and as a page.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mneme {

struct ResultCell {
  std::optional<double> ours, published;
  std::string note;     ///< in place of a figure, or what to say on hover; may be empty
  bool failed = false;  ///< ours is worse than it should be
};

struct ResultColumn {
  std::string title, subtitle;  ///< "DNC1", "joint"
  std::string command;          ///< that makes it; empty where nothing is to be said of how a column was made
  std::string about;            ///< how our figures came about: "seed 1, 52 minutes"; empty when there are none
};

struct ResultLine {
  std::string title;
  std::vector<ResultCell> cells;  ///< one a column
  bool summary = false;           ///< set apart from the lines above
  int decimals = 1;
};

struct ResultTable {
  std::string title, caption, source;
  std::vector<ResultColumn> columns;
  std::vector<ResultLine> lines;
};

/// Our figure, then the published one in brackets; "–" where we have none. Then a line for each column with its
/// command and how our figures came about.
std::string result_table_text(const ResultTable& table);

/// One HTML page that opens from disk and loads nothing, for light and dark screens and for paper. The same table
/// gives the same bytes.
std::string result_table_html(const ResultTable& table);

}  // namespace mneme
