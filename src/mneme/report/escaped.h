// Text within a page's markup.
#pragma once

#include <string>
#include <string_view>

namespace mneme {

/// The text as HTML and SVG hold it, between marks and in an attribute's quotes.
std::string escaped(std::string_view text);

}  // namespace mneme
