#include "training/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "training/small_run.h"

namespace mneme::test {
namespace {

/// In the child: trains before the first test would run, and ends the process.
class ChildEnvironment : public testing::Environment {
 public:
  void SetUp() override {
    const char* folder = std::getenv("MNEME_TEST_CHILD_FOLDER");
    if (folder == nullptr) return;
    std::vector<std::string> overrides;
    std::istringstream lines(std::getenv("MNEME_TEST_CHILD_OVERRIDES"));
    for (std::string line; std::getline(lines, line);) overrides.push_back(line);
    if (const int64_t limit = std::atoll(std::getenv("MNEME_TEST_CHILD_LIMIT")); limit > 0) {
      ::signal(SIGXFSZ, SIG_IGN);
      const rlimit largest{static_cast<rlim_t>(limit), static_cast<rlim_t>(limit)};
      ::setrlimit(RLIMIT_FSIZE, &largest);
    }
    int code = 0;
    try {
      const Recipe recipe = small_recipe(overrides);
      TrainingRun run;
      run.folder = folder;
      run.resume = std::filesystem::exists(run.folder / "recipe.toml");
      const int pipe = std::atoi(std::getenv("MNEME_TEST_CHILD_PIPE"));
      run.progress = [pipe, told = false](const Progress&) mutable {
        if (!told && ::write(pipe, ".", 1) != 1) ::_exit(99);
        told = true;
      };
      train(recipe, run);
    } catch (const Error& error) {
      std::fprintf(stderr, "%s\n", error.what());
      code = error.exit_code();
    }
    ::_exit(code);
  }
};

[[maybe_unused]] const auto* const kEnvironment = testing::AddGlobalTestEnvironment(new ChildEnvironment);

}  // namespace

Child start_child(const std::filesystem::path& folder, const std::vector<std::string>& overrides,
                  int64_t largest_file) {
  int ends[2];
  if (::pipe(ends) != 0) throw Error("pipe failed");
  ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  std::string lines;
  for (const auto& text : overrides) lines += text + "\n";
  std::vector<std::string> variables{"OMP_NUM_THREADS=1", "MNEME_TEST_CHILD_FOLDER=" + folder.string(),
                                     "MNEME_TEST_CHILD_OVERRIDES=" + lines,
                                     "MNEME_TEST_CHILD_LIMIT=" + std::to_string(largest_file),
                                     "MNEME_TEST_CHILD_PIPE=" + std::to_string(ends[1])};
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  std::vector<char*> pointers;
  for (auto& variable : variables) pointers.push_back(variable.data());
  pointers.push_back(nullptr);
  char program[] = "/proc/self/exe";
  char* arguments[] = {program, nullptr};
  const pid_t id = ::fork();
  if (id == 0) {
    const int log = ::open((folder.string() + ".log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(log, 1);
    ::dup2(log, 2);
    ::execve(program, arguments, pointers.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  return {id, ends[0]};
}

void await_progress(const Child& child) {
  char byte;
  while (::read(child.progress, &byte, 1) < 0 && errno == EINTR) {
  }
}

int await_end(const Child& child) {
  int status = 0;
  ::waitpid(child.id, &status, 0);
  ::close(child.progress);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace mneme::test
