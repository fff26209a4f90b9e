#include "mneme/report/result_table.h"

#include <gtest/gtest.h>

namespace mneme {
namespace {

ResultTable small_table() {
  ResultTable table;
  table.title = "Errors";
  table.caption = "In percent.";
  table.source = "A & B 2015.";
  table.columns = {{"One", "joint", "mneme train <recipe>", "seed 1"}, {"Two", "single", "mneme train two", ""}};
  table.lines = {{"1: first", {{12.25, 3.5, "", true}, {std::nullopt, 0.0, "", false}}, false, 1},
                 {"Mean", {{2.0, std::nullopt, "", false}, {std::nullopt, std::nullopt, "", false}}, true, 0}};
  return table;
}

TEST(ResultTable, IsTextWithThePublishedFiguresInBrackets) {
  EXPECT_EQ(result_table_text(small_table()),
            "Errors\n"
            "In percent.\n"
            "\n"
            "                 One      Two\n"
            "               joint   single\n"
            "1: first  12.2 (3.5)  – (0.0)\n"
            "\n"
            "Mean         2        –\n"
            "\n"
            "One (joint): seed 1\n"
            "    mneme train <recipe>\n"
            "Two (single): no run yet\n"
            "    mneme train two\n"
            "\n"
            "A & B 2015.\n");
}

TEST(ResultTable, WritesCountsOfOperationsByTheirPower) {
  ResultTable table;
  table.title = "Cost";
  table.columns = {{"FLOP", "all", "", ""}};
  table.lines = {{"one", {{3.27e18, 1e20, "", false}}, false, 1}, {"two", {{9e8, std::nullopt, "", false}}, false, 0}};
  const std::string text = result_table_text(table);
  EXPECT_NE(text.find("3.3e18 (1.0e20)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("900000000"), std::string::npos) << text;
  EXPECT_EQ(text.find("no run yet"), std::string::npos) << text;  // nothing to say of how the column was made
  EXPECT_EQ(result_table_html(table).find("How each column was made"), std::string::npos);
}

TEST(ResultTable, IsAPageThatEscapesItsWords) {
  const std::string page = result_table_html(small_table());
  EXPECT_NE(page.find("<td class=\"bad\">12.2<span aria-label=\" failed\"> ×</span> <small>3.5</small></td>"),
            std::string::npos);
  EXPECT_NE(page.find("<td class=\"none\">– <small>0.0</small></td>"), std::string::npos);
  EXPECT_NE(page.find("<code>mneme train &lt;recipe&gt;</code>"), std::string::npos);
  EXPECT_NE(page.find("A &amp; B 2015."), std::string::npos);
  EXPECT_EQ(page.find("http"), std::string::npos);  // nothing is loaded
  EXPECT_EQ(page, result_table_html(small_table()));
}

}  // namespace
}  // namespace mneme
