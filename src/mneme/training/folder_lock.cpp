#include "mneme/training/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "mneme/core/error.h"

namespace mneme {

FolderLock::FolderLock(const std::filesystem::path& folder)
    : folder_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (folder_ < 0) throw Error(folder.string() + ": cannot be opened: " + std::strerror(errno));
  if (::flock(folder_, LOCK_EX | LOCK_NB) == 0) return;
  const int fault = errno;
  ::close(folder_);
  // Some network file systems have no locks; a run there is not worse off than without.
  if (fault == EWOULDBLOCK)
    throw Error(folder.string() + ": another process is training there; stop it or let it end, then resume");
  folder_ = -1;
}

FolderLock::~FolderLock() {
  if (folder_ >= 0) ::close(folder_);
}

}  // namespace mneme
