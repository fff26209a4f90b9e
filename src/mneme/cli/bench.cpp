// bench: measures speed, and says what share of the processor's peak that is.
#include "bench/ntm_speed.h"

#include <ATen/Parallel.h>

#include <cstdlib>

#include "bench/peak.h"
#include "bench/plain_pytorch.h"
#include "mneme/cli/command.h"
#include "mneme/cli/numbers.h"
#include "mneme/cli/project.h"
#include "mneme/core/log.h"

namespace mneme {
namespace {

constexpr double kTrainingSeconds = 3;

ResultRow milliseconds(const std::optional<double>& value) {
  return value ? ResultRow(*value) : ResultRow();
}

/// GFLOP/s and the share of `peak` of whichever path is the faster.
void add_rates(ResultRow& row, const NtmSpeed& speed, double peak) {
  const auto fastest = speed.fused_ms ? speed.fused_ms : speed.composite_ms;
  const double gflops = speed.gflop / (*fastest / 1e3);
  row["gflops"] = gflops;
  row["share_of_peak"] = gflops / peak;
}

class NtmBench {
 public:
  NtmBench() : threads_(at::get_num_threads()) {
    // Two threads that wait for each other suffer most: one that is held up holds up both.
    double busy = 0;
    if (getloadavg(&busy, 1) == 1 && busy > 0.5)
      log_warning("other programs keep " + figure_text(busy) + " cores busy: these figures will be too low");
    peak_ = measured_peak_gflops(threads_);
    log_info("peak of " + std::to_string(threads_) + " threads: " + figure_text(peak_) +
             " GFLOP/s of float32 multiply-adds");
  }

  std::vector<ResultRow> against_composite(const std::vector<int64_t>& batches, bool pytorch) {
    std::vector<ResultRow> rows;
    for (const int64_t batch : batches) {
      NtmSpeedCase setting;
      setting.batch = batch;
      log_progress("batch " + std::to_string(batch) + ": composite and fused in turn");
      const NtmSpeed speed = measure_ntm(setting, {});
      tell_obstacle(speed);
      ResultRow row;
      row["batch"] = batch;
      row["threads"] = threads_;
      row["composite_ms"] = milliseconds(speed.composite_ms);
      row["fused_ms"] = milliseconds(speed.fused_ms);
      row["speedup_over_composite"] =
          speed.fused_ms ? ResultRow(*speed.composite_ms / *speed.fused_ms) : ResultRow();
      add_rates(row, speed, peak_);
      log_progress("batch " + std::to_string(batch) + ": training on copy");
      row["sequences_per_second"] = copy_training_rate(setting.model, batch, kTrainingSeconds);
      row["pytorch_ms"] = pytorch ? pytorch_ms(batch) : ResultRow();
      rows.push_back(std::move(row));
    }
    log_progress("");
    return rows;
  }

  /// How time grows with one size at a time, the others as in the paper and a batch of 16.
  std::vector<ResultRow> growth() {
    std::vector<ResultRow> rows;
    const auto vary = [&](const char* what, const std::vector<int64_t>& values, auto&& set) {
      for (const int64_t value : values) {
        NtmSpeedCase setting;
        setting.batch = 16;
        set(setting, value);
        log_progress(std::string("growth with ") + what + ": " + std::to_string(value));
        rows.push_back(growth_row(what, setting));
      }
    };
    vary("slots", {32, 64, 128, 256, 512, 1024}, [](NtmSpeedCase& c, int64_t n) { c.model.slots = n; });
    vary("width", {10, 20, 40, 80}, [](NtmSpeedCase& c, int64_t w) { c.model.width = w; });
    vary("steps", {10, 20, 40, 80, 160}, [](NtmSpeedCase& c, int64_t length) { c.length = length; });
    vary("batch", {1, 2, 4, 8, 16, 32, 64}, [](NtmSpeedCase& c, int64_t b) { c.batch = b; });
    log_progress("");
    return rows;
  }

 private:
  ResultRow growth_row(const char* what, const NtmSpeedCase& setting) {
    NtmSpeed speed = measure_ntm(setting, {.repeats = 5, .composite = false});
    if (!speed.fused_ms) {
      tell_obstacle(speed);
      speed = measure_ntm(setting, {.repeats = 3, .fused = false});
    }
    ResultRow row;
    row["kind"] = std::string("growth with ") + what;
    row["slots"] = setting.model.slots;
    row["width"] = setting.model.width;
    row["steps"] = setting.steps();
    row["batch"] = setting.batch;
    row["threads"] = threads_;
    row["composite_ms"] = milliseconds(speed.composite_ms);
    row["fused_ms"] = milliseconds(speed.fused_ms);
    add_rates(row, speed, peak_);
    return row;
  }

  ResultRow pytorch_ms(int64_t batch) {
    if (pytorch_missing_) return ResultRow();
    log_progress("batch " + std::to_string(batch) + ": plain PyTorch");
    const auto script = project_folder() / "bench" / "plain_pytorch_ntm.py";
    const PlainPytorch measured = measure_plain_pytorch(script, batch, threads_);
    if (measured.milliseconds) return *measured.milliseconds;
    log_info("pytorch_ms is empty: " + measured.why_not);
    pytorch_missing_ = true;
    return ResultRow();
  }

  void tell_obstacle(const NtmSpeed& speed) {
    if (speed.obstacle.empty() || told_obstacle_) return;
    log_warning("the fused path cannot run: " + speed.obstacle);
    told_obstacle_ = true;
  }

  int64_t threads_;
  double peak_ = 0;
  bool pytorch_missing_ = false, told_obstacle_ = false;
};

}  // namespace

int run_bench(const Arguments& arguments) {
  Command command(
      "bench",
      "Measures speed: forward and backward of the NTM with the paper's copy settings, the fused operation\n"
      "against the composite in the same run, and training on copy in sequences a second.",
      {{"mneme bench ntm", "batches of 1 and 16, in under a minute"},
       {"mneme bench ntm --batch 1,16,64 --threads 2 --json", "other batches"},
       {"mneme bench ntm --sizes", "how time grows with slots, width, steps and batch"}});
  std::vector<std::string> words;
  std::vector<int64_t> batches{1, 16};
  bool sizes = false, no_pytorch = false;
  command.words("what", words, "ntm");
  command.integers("--batch", batches, 1, "batch sizes (default 1,16)");
  command.flag("--sizes", sizes, "how time grows with N, W, T and the batch, instead");
  command.flag("--no-pytorch", no_pytorch, "leave out the plain PyTorch version of the model");
  if (!command.parse(arguments)) return 0;
  if (words.size() > 1) command.refuse("does not take the word " + words[1]);
  if (!words.empty() && words[0] != "ntm")
    command.refuse("unknown benchmark " + words[0] + ", expected one of ntm");

  NtmBench bench;
  command.print(
      {"bench", "ntm", std::nullopt, sizes ? bench.growth() : bench.against_composite(batches, !no_pytorch)});
  return 0;
}

}  // namespace mneme
