#include "mneme/cli/signals.h"

#include <signal.h>
#include <unistd.h>

namespace mneme {
namespace {

std::atomic<bool> stop_requested{false};
std::atomic<int> signal_that_came{0};
struct sigaction former_interrupt, former_terminate;

// Only what POSIX allows in a handler: lock-free atomics, write and _exit.
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void on_signal(int signal) {
  if (stop_requested.exchange(true)) _exit(128 + signal);
  signal_that_came = signal;
  constexpr char kText[] =
      "\nmneme: stopping after this step and saving; the same signal again stops at once\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, kText, sizeof kText - 1);
}

}  // namespace

StopRequest::StopRequest() {
  stop_requested = false;
  signal_that_came = 0;
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &former_interrupt);
  sigaction(SIGTERM, &action, &former_terminate);
}

StopRequest::~StopRequest() {
  sigaction(SIGINT, &former_interrupt, nullptr);
  sigaction(SIGTERM, &former_terminate, nullptr);
}

const std::atomic<bool>& StopRequest::flag() const {
  return stop_requested;
}

int StopRequest::exit_code() const {
  return signal_that_came == 0 ? 0 : 128 + signal_that_came;
}

}  // namespace mneme
