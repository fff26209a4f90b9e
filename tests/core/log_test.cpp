#include "mneme/core/log.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace mneme {
namespace {

class Log : public testing::Test {
 protected:
  void SetUp() override {
    ::unsetenv("NO_COLOR");
    ::setenv("TERM", "xterm", 1);
  }
  void TearDown() override { configure_log(false); }
};

// What stderr gets while it is a terminal.
template <class Act>
std::string on_a_terminal(Act act) {
  int master = -1, terminal = -1;
  if (::openpty(&master, &terminal, nullptr, nullptr, nullptr) != 0) return "no terminal here";
  const int saved = ::dup(STDERR_FILENO);
  ::dup2(terminal, STDERR_FILENO);
  act();
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  // The kernel passes the text on in its own time: read until the mark that was written last.
  const char mark = '\1';
  std::string text;
  char next = ::write(terminal, &mark, 1) == 1 ? 0 : mark;
  while (next != mark && ::read(master, &next, 1) == 1)
    if (next != mark) text += next;
  ::close(terminal);
  ::close(master);
  return text;
}

TEST_F(Log, WritesLinesToStderrOnly) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  log_info("trained");
  log_warning("slow");
  log_error("failed");
  log_progress("half");
  log_progress("");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "trained\nwarning: slow\nerror: failed\nhalf\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST_F(Log, QuietKeepsWarningsAndErrors) {
  configure_log(true);
  testing::internal::CaptureStderr();
  log_info("trained");
  log_progress("half");
  log_warning("slow");
  log_error("failed");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "warning: slow\nerror: failed\n");
}

TEST_F(Log, ColoursOnlyATerminal) {
  EXPECT_EQ(on_a_terminal([] { log_error("failed"); }), "\x1b[31merror: \x1b[0mfailed\r\n");
  configure_log(false, Colours::never);
  EXPECT_EQ(on_a_terminal([] { log_error("failed"); }), "error: failed\r\n");
  configure_log(false, Colours::always);
  testing::internal::CaptureStderr();
  log_warning("slow");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "\x1b[33mwarning: \x1b[0mslow\n");
}

TEST_F(Log, RespectsNoColor) {
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_EQ(on_a_terminal([] { log_error("failed"); }), "error: failed\r\n");
  ::setenv("NO_COLOR", "", 1);  // empty: not set
  EXPECT_EQ(on_a_terminal([] { log_error("failed"); }), "\x1b[31merror: \x1b[0mfailed\r\n");
  ::setenv("TERM", "dumb", 1);
  EXPECT_EQ(on_a_terminal([] { log_error("failed"); }), "error: failed\r\n");
}

TEST_F(Log, KeepsProgressBelowOtherLines) {
  EXPECT_EQ(on_a_terminal([] {
              log_progress("1 of 2");
              log_info("saved");
              log_progress("2 of 2");
              log_progress("");
              log_info("done");
            }),
            "\r\x1b[K1 of 2\r\x1b[Ksaved\r\n1 of 2\r\x1b[K2 of 2\r\x1b[Kdone\r\n");
}

}  // namespace
}  // namespace mneme
