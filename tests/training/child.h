// This test program started once more, as a child that only trains.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace mneme::test {

struct Child {
  pid_t id;
  int progress;  ///< a pipe, readable once the child has told its first progress
};

/// Trains small_recipe(overrides) in a folder, resuming when it holds a run already. Ends with exit code 0,
/// or that of the Error. `largest_file`: RLIMIT_FSIZE in bytes, 0 for none.
Child start_child(const std::filesystem::path& folder, const std::vector<std::string>& overrides,
                  int64_t largest_file = 0);
/// Waits until the child has resumed, or has trained for a little in a new folder.
void await_progress(const Child& child);
/// The child's exit code; 128 + the signal's number.
int await_end(const Child& child);

}  // namespace mneme::test
