#include "mneme/report/result_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "mneme/report/escaped.h"

namespace mneme {
namespace {

constexpr auto kMissing = "–";

std::string number_text(double value, int decimals) {
  char text[64];
  if (std::abs(value) >= 1e9) {  // "3.3e18": counts of operations
    const auto power = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
    std::snprintf(text, sizeof text, "%.1fe%d", value / std::pow(10, power), power);
    return text;
  }
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string ours_text(const ResultCell& cell, int decimals) {
  return cell.ours ? number_text(*cell.ours, decimals) : kMissing;
}

/// Columns of the terminal: bytes that begin a letter.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded_left(const std::string& text, size_t width) {
  return std::string(width - std::min(width, width_of(text)), ' ') + text;
}

std::string padded_right(const std::string& text, size_t width) {
  return text + std::string(width - std::min(width, width_of(text)), ' ');
}

// Colours keep their contrast for colour-blind eyes; a failed cell also has a mark.
constexpr auto kStyle = R"(
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --faint: #68707a; --line: #d9dde2;
  --good: #e3f1ea; --bad: #fbe3d0; --bad-ink: #8a3b00; --head: #f5f6f8; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --ink: #e8eaed; --faint: #9aa3ad; --line: #333a42;
  --good: #17342a; --bad: #45270f; --bad-ink: #ffb27a; --head: #1c2026; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 28px 20px 60px; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; }
h1 { font-size: 1.5rem; margin: 0 0 4px; }
p { margin: 0 0 16px; color: var(--faint); max-width: 75ch; }
.scroll { overflow-x: auto; }
table { border-collapse: separate; border-spacing: 3px; font-variant-numeric: tabular-nums; width: 100%; }
thead th { background: var(--head); border-radius: 4px; padding: 8px 8px 6px; vertical-align: bottom; }
thead th span { display: block; font-weight: 400; font-size: .78rem; color: var(--faint); }
tbody th { text-align: left; font-weight: 400; white-space: nowrap; padding: 3px 12px 3px 4px; }
td { text-align: right; padding: 3px 8px; border-radius: 4px; white-space: nowrap; }
td.good { background: var(--good); }
td.bad { background: var(--bad); color: var(--bad-ink); }
td.none { color: var(--faint); box-shadow: inset 0 0 0 1px var(--line); }
td small { display: inline-block; min-width: 3.1em; color: var(--faint); font-size: .74rem; }
tr.summary th, tr.summary td { font-weight: 600; }
tr.first-summary th, tr.first-summary td { border-top: 8px solid var(--paper); background-clip: padding-box; }
h2 { font-size: 1.05rem; margin: 28px 0 8px; }
dl { margin: 0; display: grid; grid-template-columns: max-content 1fr; gap: 6px 16px; }
dt { font-weight: 600; } dt span { font-weight: 400; color: var(--faint); }
dd { margin: 0; min-width: 0; } dd div { color: var(--faint); font-size: .85rem; }
code { font: .82rem/1.4 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
@media (max-width: 640px) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 8px; } }
)";

std::string cell_html(const ResultCell& cell, int decimals) {
  const std::string kind = !cell.ours ? "none" : cell.failed ? "bad" : "good";
  std::string html = "<td class=\"" + kind + "\"";
  if (!cell.note.empty()) html += " title=\"" + escaped(cell.note) + "\"";
  html += ">" + ours_text(cell, decimals) + (cell.failed ? "<span aria-label=\" failed\"> ×</span>" : "");
  html += " <small>" + (cell.published ? number_text(*cell.published, decimals) : "") + "</small></td>";
  return html;
}

}  // namespace

std::string result_table_text(const ResultTable& table) {
  std::vector<std::vector<std::string>> ours, published;
  std::vector<size_t> ours_width, published_width;
  size_t title_width = 0;
  for (const auto& line : table.lines) title_width = std::max(title_width, width_of(line.title));
  for (size_t c = 0; c < table.columns.size(); ++c) {
    ours_width.push_back(1);
    published_width.push_back(0);
    for (const auto& line : table.lines) {
      const auto& cell = line.cells[c];
      ours_width[c] = std::max(ours_width[c], width_of(ours_text(cell, line.decimals)));
      if (cell.published)
        published_width[c] = std::max(published_width[c], width_of(number_text(*cell.published, line.decimals)) + 2);
    }
    const auto& column = table.columns[c];
    const size_t heading = std::max(width_of(column.title), width_of(column.subtitle));
    const size_t width = ours_width[c] + 1 + published_width[c];
    if (heading > width) ours_width[c] += heading - width;
  }
  const auto row = [&](const std::string& title, const auto& cell_of) {
    std::string text = padded_right(title, title_width);
    for (size_t c = 0; c < table.columns.size(); ++c) text += "  " + cell_of(c);
    return text.erase(text.find_last_not_of(' ') + 1) + "\n";
  };
  const auto width = [&](size_t c) { return ours_width[c] + 1 + published_width[c]; };
  std::string text = table.title + "\n" + table.caption + "\n\n";
  text += row("", [&](size_t c) { return padded_left(table.columns[c].title, width(c)); });
  text += row("", [&](size_t c) { return padded_left(table.columns[c].subtitle, width(c)); });
  bool summary = false;
  for (const auto& line : table.lines) {
    if (line.summary && !summary) text += "\n";
    summary = line.summary;
    text += row(line.title, [&](size_t c) {
      const auto& cell = line.cells[c];
      const std::string beside = cell.published ? "(" + number_text(*cell.published, line.decimals) + ")" : "";
      return padded_left(ours_text(cell, line.decimals), ours_width[c]) + " " + padded_left(beside, published_width[c]);
    });
  }
  std::string made;
  for (const auto& column : table.columns) {
    if (column.command.empty()) continue;
    made += column.title + " (" + column.subtitle + "): " +
            (column.about.empty() ? "no run yet" : column.about) + "\n    " + column.command + "\n";
  }
  if (!made.empty()) text += "\n" + made;
  return text + "\n" + table.source + "\n";
}

std::string result_table_html(const ResultTable& table) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"generator\" "
      "content=\"mneme\">\n<link rel=\"icon\" href=\"data:,\">\n<title>" +
      escaped(table.title) + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n<main>\n<h1>" +
      escaped(table.title) + "</h1>\n<p>" + escaped(table.caption) +
      "</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Results\">\n<table>\n<thead><tr><th></th>";
  for (const auto& column : table.columns)
    html += "<th scope=\"col\">" + escaped(column.title) + "<span>" + escaped(column.subtitle) + "</span></th>";
  html += "</tr></thead>\n<tbody>\n";
  bool summary = false;
  for (const auto& line : table.lines) {
    html += line.summary ? (summary ? "<tr class=\"summary\">" : "<tr class=\"summary first-summary\">") : "<tr>";
    summary = line.summary;
    html += "<th scope=\"row\">" + escaped(line.title) + "</th>";
    for (const auto& cell : line.cells) html += cell_html(cell, line.decimals);
    html += "</tr>\n";
  }
  html += "</tbody>\n</table>\n</div>\n";
  const bool told = std::any_of(table.columns.begin(), table.columns.end(),
                                [](const ResultColumn& column) { return !column.command.empty(); });
  if (told) html += "<h2>How each column was made</h2>\n";
  html += "<dl>\n";
  for (const auto& column : table.columns) {
    if (column.command.empty()) continue;
    html += "<dt>" + escaped(column.title) + " <span>" + escaped(column.subtitle) + "</span></dt><dd><code>" +
            escaped(column.command) + "</code><div>" +
            (column.about.empty() ? "No run yet." : escaped(column.about)) + "</div></dd>\n";
  }
  return html + "</dl>\n<h2>What stands beside our figures</h2>\n<p>" + escaped(table.source) +
         "</p>\n</main>\n</body>\n</html>\n";
}

}  // namespace mneme
