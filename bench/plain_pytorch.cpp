#include "bench/plain_pytorch.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

namespace mneme {
namespace {

struct ProgramOutput {
  int exit_code = 127;
  std::string text;  // stdout and stderr together
};

ProgramOutput output_of(std::vector<std::string> words) {
  int ends[2];
  if (pipe(ends) != 0) return {127, std::strerror(errno)};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int fault = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  ProgramOutput output;
  if (fault != 0) {
    output.text = std::strerror(fault);
  } else {
    char block[4096];
    for (ssize_t size; (size = read(ends[0], block, sizeof block)) > 0;)
      output.text.append(block, static_cast<size_t>(size));
    int status = 0;
    waitpid(child, &status, 0);
    output.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  close(ends[0]);
  return output;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const size_t newline = text.rfind('\n');
  return newline == std::string::npos ? text : text.substr(newline + 1);
}

}  // namespace

PlainPytorch measure_plain_pytorch(const std::filesystem::path& script, int64_t batch, int64_t threads,
                                   const std::vector<std::string>& words) {
  const char* chosen = std::getenv("MNEME_TORCH_PYTHON");
  const std::string python = chosen == nullptr || *chosen == '\0' ? "python3" : chosen;
  std::vector<std::string> command = {python,      script.string(), "--batch", std::to_string(batch),
                                      "--threads", std::to_string(threads)};
  command.insert(command.end(), words.begin(), words.end());
  const ProgramOutput output = output_of(std::move(command));
  const std::string line = last_line(output.text);
  if (output.exit_code != 0)
    return {std::nullopt,
            python + ": " + line + " (MNEME_TORCH_PYTHON names a Python that can import torch)"};
  const auto figures = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!figures.is_object() || !figures.contains("milliseconds"))
    return {std::nullopt, python + " printed: " + line};
  return {figures["milliseconds"].get<double>(), ""};
}

}  // namespace mneme
