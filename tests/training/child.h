// This test program started once more, as a child that only trains.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace mneme::testing {

struct Child {
  pid_t id;
  int began;  ///< readable once the child is about to train; close it
};

/// Trains small_recipe(overrides) in a folder, resuming when it holds a run already. Ends with exit code 0,
/// or that of the Error. `largest_file`: RLIMIT_FSIZE in bytes, 0 for none.
Child start_child(const std::filesystem::path& folder, const std::vector<std::string>& overrides,
                  int64_t largest_file = 0);
/// Waits until the child is about to train.
void await_training(const Child& child);
/// The child's exit code; 128 + the signal's number.
int await_end(const Child& child);

}  // namespace mneme::testing
