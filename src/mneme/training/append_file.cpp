#include "mneme/training/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "mneme/core/error.h"

namespace mneme {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* what) {
  throw Error(path.string() + ": " + what + ": " + std::strerror(errno));
}

}  // namespace

AppendFile::AppendFile(std::filesystem::path path, int64_t length) : path_(std::move(path)) {
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) fail(path_, "cannot be opened for writing");
  struct stat status {};
  if (::fstat(file_, &status) != 0) fail(path_, "cannot be looked at");
  length_ = std::min<int64_t>(length, status.st_size);
  if (::ftruncate(file_, length_) != 0 || ::lseek(file_, length_, SEEK_SET) < 0) fail(path_, "cannot be cut");
}

AppendFile::~AppendFile() {
  ::close(file_);
}

void AppendFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path_, "cannot be written");
    bytes.remove_prefix(static_cast<size_t>(written));
    length_ += written;
  }
}

void AppendFile::sync() {
  if (::fdatasync(file_) != 0) fail(path_, "cannot be synced");
}

}  // namespace mneme
