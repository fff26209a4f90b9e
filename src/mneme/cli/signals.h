// SIGINT and SIGTERM while a verb that can save its work is running.
#pragma once

#include <atomic>

namespace mneme {

/// While this lives, the first SIGINT or SIGTERM raises a flag, and the second ends the process at once
/// with 130 or 143. One at a time.
class StopRequest {
 public:
  StopRequest();
  ~StopRequest();  ///< puts the former handlers back
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  const std::atomic<bool>& flag() const;
  /// 128 + the signal that came, 0 when none did.
  int exit_code() const;
};

}  // namespace mneme
