#include "mneme/core/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "mneme/core/error.h"

namespace mneme {
namespace {

using std::filesystem::path;

[[noreturn]] void fail(const char* deed, const path& file) {
  const int reason = errno;
  throw Error(std::string("cannot ") + deed + " " + file.string() + ": " + std::strerror(reason));
}

// Where a write to `file` really goes.
path write_target(const path& file) {
  std::error_code none;
  const bool is_link = std::filesystem::is_symlink(file, none);
  const path target = is_link ? std::filesystem::weakly_canonical(file, none) : file;
  const auto status = std::filesystem::status(target, none);
  // A rename would replace the device or pipe itself.
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw Error("cannot write " + file.string() + ": it is not a regular file");
  return target.empty() ? file : target;
}

/// The file beside the target, locked: empty, and ours alone until it is renamed or removed.
class PartialFile {
 public:
  explicit PartialFile(const path& target) : target_(target), partial_(target) {
    partial_ += ".partial";
    for (;;) {
      descriptor_ = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
      if (descriptor_ < 0) fail("write", target_);
      while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
      }
      // Who held the lock before may have renamed this file: then it is the finished one, not ours.
      struct stat opened, named;
      if (::fstat(descriptor_, &opened) == 0 && ::stat(partial_.c_str(), &named) == 0 &&
          opened.st_ino == named.st_ino && opened.st_dev == named.st_dev)
        break;
      ::close(descriptor_);
    }
    if (::ftruncate(descriptor_, 0) != 0) give_up();  // what a killed process left
  }
  ~PartialFile() {
    if (!renamed_) ::unlink(partial_.c_str());
    ::close(descriptor_);
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  void append(std::string_view part) {
    while (!part.empty()) {
      const ssize_t written = ::write(descriptor_, part.data(), part.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("write", target_);
      part.remove_prefix(static_cast<size_t>(written));
    }
  }

  void rename_to_target() {
    if (::fsync(descriptor_) != 0 || ::rename(partial_.c_str(), target_.c_str()) != 0) fail("write", target_);
    renamed_ = true;
  }

 private:
  [[noreturn]] void give_up() {
    const int reason = errno;
    ::close(descriptor_);
    errno = reason;
    fail("write", target_);
  }

  path target_, partial_;
  int descriptor_ = -1;
  bool renamed_ = false;
};

// Makes the rename itself last through a loss of power.
void sync_folder_of(const path& target) {
  const path folder = target.has_parent_path() ? target.parent_path() : path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == EACCES) return;  // a folder may be writable but not readable
    fail("sync the folder of", target);
  }
  // EINVAL: this file system has no such thing.
  const bool synced = ::fsync(descriptor) == 0 || errno == EINVAL;
  const int reason = errno;
  ::close(descriptor);
  errno = reason;
  if (!synced) fail("sync the folder of", target);
}

}  // namespace

void write_file(const path& file, const std::vector<std::string_view>& parts) {
  const path target = write_target(file);
  PartialFile partial(target);
  for (const auto part : parts) partial.append(part);
  partial.rename_to_target();
  sync_folder_of(target);
}

void write_file(const path& file, std::string_view text) {
  write_file(file, std::vector<std::string_view>{text});
}

InputFile::InputFile(std::filesystem::path file) : path_(std::move(file)), descriptor_(-1) {
  // Not blocking: a named pipe would wait for its writer.
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) fail("read", path_);
  struct stat status;
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw Error("cannot read " + path_.string() + ": it is not a regular file");
  }
  size_ = static_cast<uint64_t>(status.st_size);
}

InputFile::~InputFile() {
  ::close(descriptor_);
}

void InputFile::read(void* bytes, uint64_t size) {
  auto* next = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t got = ::read(descriptor_, next, size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", path_);
    if (got == 0) throw Error("cannot read " + path_.string() + ": it became shorter while it was read");
    next += got;
    size -= static_cast<uint64_t>(got);
  }
}

}  // namespace mneme
