// The same model in plain PyTorch, timed by a child process, as a yardstick from outside.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace mneme {

struct PlainPytorch {
  std::optional<double> milliseconds;  ///< forward + backward of a batch, median
  std::string why_not;                 ///< why there is no figure
};

/// Runs plain_pytorch_ntm.py with the environment's MNEME_TORCH_PYTHON, or python3.
PlainPytorch measure_plain_pytorch(const std::filesystem::path& script, int64_t batch, int64_t threads);

}  // namespace mneme
