#include "mneme/tasks/text/compressed_file.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>
#include <vector>

#include "mneme/core/error.h"

extern char** environ;

namespace mneme {
namespace {

/// Whatever the program, which unpacks `path`, writes to its standard output when it is started with these arguments.
std::string output_of(const std::string& program, std::vector<std::string> arguments,
                      const std::filesystem::path& path) {
  int ends[2];  // of the pipe: read, write
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw Error(path.string() + ": no pipe to " + program + ": " + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  arguments.insert(arguments.begin(), program);
  std::vector<char*> words;
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, program.c_str(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed != 0) {
    close(ends[0]);
    throw DataError(path.string() + ": cannot start " + program + " to unpack it: " + std::strerror(failed) +
                    "; install " + (program == "xz" ? "the package xz-utils" : program) +
                    ", or unpack the file yourself and point MNEME_DATA at the folder");
  }

  std::string bytes;
  size_t size = 0;
  for (;;) {
    if (size == bytes.size()) bytes.resize(std::max<size_t>(1 << 20, 2 * size));
    const ssize_t count = read(ends[0], bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    size += static_cast<size_t>(count);
  }
  bytes.resize(size);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw Error(path.string() + ": " + program + " could not unpack it; it may be damaged");
  return bytes;
}

constexpr size_t kBlock = 512;  // tar's unit

/// A number of a tar header: octal digits, padded with spaces or zero bytes.
size_t octal(const char* field, size_t width, const std::string& archive) {
  size_t value = 0;
  for (size_t i = 0; i < width && field[i] != '\0' && field[i] != ' '; ++i) {
    if (field[i] < '0' || field[i] > '7')
      throw Error(archive + ": damaged archive: a header has no valid size");
    value = value * 8 + static_cast<size_t>(field[i] - '0');
  }
  return value;
}

std::string text_field(const char* field, size_t width) {
  return std::string(field, strnlen(field, width));
}

}  // namespace

std::string read_unpacked(const std::filesystem::path& path) {
  for (const auto& [extension, program] : {std::pair(".xz", "xz"), std::pair(".gz", "gzip")})
    if (path.extension() == extension) return output_of(program, {"-dc", "--", path.string()}, path);
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw Error(path.string() + ": cannot be read: " + std::strerror(errno));
  return bytes;
}

std::map<std::string, std::string> read_zip(const std::filesystem::path& path,
                                            const std::function<bool(const std::string&)>& wanted) {
  std::istringstream names(output_of("unzip", {"-Z1", "--", path.string()}, path));
  std::map<std::string, std::string> files;
  for (std::string name; std::getline(names, name);)
    if (wanted(name)) files[name] = output_of("unzip", {"-p", "--", path.string(), name}, path);
  return files;
}

std::map<std::string, std::string> read_tar(const std::filesystem::path& path,
                                            const std::function<bool(const std::string&)>& wanted) {
  const std::string bytes = read_unpacked(path);
  std::map<std::string, std::string> files;
  // Header fields (POSIX ustar): name 0..99, size 124..135, kind 156, magic 257..261, name prefix 345..499.
  for (size_t at = 0; at + kBlock <= bytes.size();) {
    const char* header = bytes.data() + at;
    if (std::all_of(header, header + kBlock, [](char byte) { return byte == '\0'; })) return files;
    if (std::memcmp(header + 257, "ustar", 5) != 0)
      throw Error(path.string() + ": damaged archive: not a tar header");
    const size_t size = octal(header + 124, 12, path.string());
    at += kBlock;
    if (size > bytes.size() - at) break;
    const bool posix = header[262] == '\0';  // GNU archives use the prefix's place for times
    const std::string prefix = posix ? text_field(header + 345, 155) : "";
    const std::string name = (prefix.empty() ? "" : prefix + "/") + text_field(header, 100);
    if ((header[156] == '0' || header[156] == '\0') && wanted(name)) files[name] = bytes.substr(at, size);
    at += (size + kBlock - 1) / kBlock * kBlock;
  }
  throw Error(path.string() + ": damaged archive: it ends too early");
}

}  // namespace mneme
