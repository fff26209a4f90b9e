// Ways in which a write fails, made on purpose. Each undoes itself at its end.
#pragma once

#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

namespace mneme::test {

/// A file system of a few pages in memory. Only root may mount one: `mounted` says whether it did.
class SmallDisk {
 public:
  SmallDisk(const std::filesystem::path& folder, const char* size) : folder_(folder) {
    std::filesystem::create_directory(folder);
    mounted_ = ::mount("tmpfs", folder.c_str(), "tmpfs", 0, (std::string("size=") + size).c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }

 private:
  std::filesystem::path folder_;
  bool mounted_;
};

/// No file of this process grows beyond `bytes`: writes fail in the midst, for every user.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*old_handler_)(int);
  rlimit old_{};
};

/// Not root for a while, as root may write anywhere. `lowered` is false when permissions do not bind anyhow.
class OrdinaryUser {
 public:
  OrdinaryUser() : was_root_(::geteuid() == 0), lowered_(!was_root_ || ::seteuid(65534) == 0) {}
  ~OrdinaryUser() {
    if (was_root_ && lowered_ && ::seteuid(0) != 0) std::abort();
  }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;
  bool lowered() const { return lowered_; }

 private:
  bool was_root_, lowered_;
};

}  // namespace mneme::test
