// The page's files, from web/report, put into the library by cmake/EmbedWeb.cmake.
#pragma once

#include <string_view>

namespace mneme {

extern const std::string_view kReportPage;    ///< HTML with the places @TITLE@, @STYLE@, @DATA@, @SCRIPT@
extern const std::string_view kReportStyle;   ///< CSS
extern const std::string_view kReportScript;  ///< JavaScript, one function scope

}  // namespace mneme
