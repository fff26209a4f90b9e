// The same model in plain PyTorch, timed by a child process, as a yardstick from outside.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mneme {

struct PlainPytorch {
  std::optional<double> milliseconds;  ///< forward + backward of a batch, median
  std::string why_not;                 ///< why there is no figure
};

/// Runs the script (plain_pytorch_ntm.py, or plain_pytorch_gpt.py with its sizes as `words`) with the environment's
/// MNEME_TORCH_PYTHON, or python3.
PlainPytorch measure_plain_pytorch(const std::filesystem::path& script, int64_t batch, int64_t threads,
                                   const std::vector<std::string>& words = {});

}  // namespace mneme
