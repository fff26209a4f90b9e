#include "mneme/core/log.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <string>

namespace mneme {
namespace {

struct Log {
  std::mutex mutex;
  bool quiet = false;
  Colours colours = Colours::automatic;
  std::string progress;  // the line that stands at the bottom of the terminal
};

Log& the_log() {
  static Log log;
  return log;
}

bool coloured(const Log& log) {
  if (log.colours != Colours::automatic) return log.colours == Colours::always;
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return log_goes_to_terminal() && !(no_color && *no_color) &&
         !(terminal && std::string_view(terminal) == "dumb");
}

void write_to_stderr(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;  // nowhere is left to complain
    text.remove_prefix(static_cast<size_t>(written));
  }
}

constexpr std::string_view kEraseLine = "\r\x1b[K";

void write_line(Log& log, std::string_view label, std::string_view colour, std::string_view text) {
  std::string line(log.progress.empty() ? "" : kEraseLine);
  if (coloured(log) && !label.empty())
    line.append(colour).append(label).append("\x1b[0m");
  else
    line.append(label);
  line.append(text).append("\n").append(log.progress);
  write_to_stderr(line);
}

}  // namespace

void configure_log(bool quiet, Colours colours) {
  Log& log = the_log();
  const std::lock_guard lock(log.mutex);
  log.quiet = quiet;
  log.colours = colours;
}

void log_info(std::string_view text) {
  Log& log = the_log();
  const std::lock_guard lock(log.mutex);
  if (!log.quiet) write_line(log, "", "", text);
}

void log_warning(std::string_view text) {
  Log& log = the_log();
  const std::lock_guard lock(log.mutex);
  write_line(log, "warning: ", "\x1b[33m", text);
}

void log_error(std::string_view text) {
  Log& log = the_log();
  const std::lock_guard lock(log.mutex);
  write_line(log, "error: ", "\x1b[31m", text);
}

void log_progress(std::string_view text) {
  Log& log = the_log();
  const std::lock_guard lock(log.mutex);
  if (log.quiet) return;
  if (!log_goes_to_terminal()) {
    if (!text.empty()) write_line(log, "", "", text);
    return;
  }
  log.progress = text;
  write_to_stderr(std::string(kEraseLine).append(text));
}

bool log_goes_to_terminal() {
  return ::isatty(STDERR_FILENO) == 1;
}

}  // namespace mneme
