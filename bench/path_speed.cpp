#include "bench/path_speed.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <vector>

#include "mneme/core/error.h"
#include "mneme/training/variants.h"

namespace mneme {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kFewestRepeats = 3;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A line of /proc/self/status, in kB.
std::optional<double> status_kilobytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1));
  return std::nullopt;
}

double milliseconds_of_call(const std::function<void(Path)>& run, Path path, int64_t calls) {
  const auto start = Clock::now();
  for (int64_t call = 0; call < calls; ++call) run(path);
  return 1e3 * seconds_since(start) / static_cast<double>(calls);
}

}  // namespace

PathSpeed time_paths(const std::function<void(Path)>& run, double gflop, const SpeedEffort& effort) {
  PathSpeed speed;
  speed.gflop = gflop;
  bool fused = effort.fused;
  int64_t fused_calls = 1;
  if (effort.composite) run(Path::composite);
  if (fused) {
    try {
      run(Path::fused);  // warms up and tells whether it can run at all
      const double once = milliseconds_of_call(run, Path::fused, 3);
      fused_calls = std::max<int64_t>(1, std::lround(1e3 * effort.round_seconds / once));
    } catch (const Error& error) {
      speed.obstacle = error.what();
      fused = false;
    }
  }
  // In turn, so that a change of the clock rate meets both paths.
  std::vector<double> composite_ms, fused_ms;
  const auto start = Clock::now();
  for (int64_t repeat = 0; repeat < effort.repeats; ++repeat) {
    if (repeat >= kFewestRepeats && seconds_since(start) > effort.seconds) break;
    if (effort.composite) composite_ms.push_back(milliseconds_of_call(run, Path::composite, 1));
    if (fused) fused_ms.push_back(milliseconds_of_call(run, Path::fused, fused_calls));
  }
  if (effort.composite) speed.composite_ms = median(composite_ms);
  if (fused) speed.fused_ms = median(fused_ms);
  return speed;
}

std::optional<double> peak_megabytes(const std::function<void()>& run) {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
  const auto before = status_kilobytes("VmRSS");
  run();
  const auto peak = status_kilobytes("VmHWM");
  if (!before || !peak) return std::nullopt;
  return std::max(0.0, *peak - *before) * 1024 / 1e6;
}

}  // namespace mneme
