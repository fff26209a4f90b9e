// Runs the verb and turns errors into exit codes: the only place that ends the process.
#include <cstdio>
#include <exception>

#include "mneme/cli/verbs.h"
#include "mneme/core/error.h"
#include "mneme/core/log.h"

int main(int count, char** words) {
  using namespace mneme;
  try {
    const int code = run_verb(Arguments(words + 1, words + count));
    // A full disk or a closed pipe shows itself only when the results are flushed.
    if (std::fflush(stdout) != 0) throw Error("stdout: the results could not be written");
    return code;
  } catch (const Error& error) {
    log_error(error.what());
    std::fflush(stdout);
    return error.exit_code();
  } catch (const std::exception& error) {
    log_error(error.what());
    return 1;
  }
}
