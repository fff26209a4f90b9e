// Messages for people, on stderr: one line each, written at once. Results go to stdout, never here.
#pragma once

#include <string_view>

namespace mneme {

enum class Colours { automatic, always, never };

/// Quiet drops information and keeps warnings and errors. Automatic colours are used on a terminal, unless
/// NO_COLOR is set (no-color.org) or TERM is "dumb".
void configure_log(bool quiet, Colours colours = Colours::automatic);

void log_info(std::string_view text);
void log_warning(std::string_view text);  ///< "warning: …"
void log_error(std::string_view text);    ///< "error: …"

/// A line that the next one replaces, for progress; an empty one ends it. Other messages go above it. When
/// stderr is not a terminal it is an ordinary line, so call it seldom then. Quiet drops it.
void log_progress(std::string_view text);

bool log_goes_to_terminal();

}  // namespace mneme
