// Figures as people read them.
#pragma once

#include <string>

namespace mneme {

/// Four significant digits, and all of a large number before its point: "0.03125", "12.34", "1.2e-07",
/// "123456".
std::string figure_text(double value);

}  // namespace mneme
