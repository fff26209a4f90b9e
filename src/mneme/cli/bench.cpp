// bench: measures speed, and says what share of the processor's peak that is.
#include <ATen/Parallel.h>

#include <cstdlib>

#include "bench/act_speed.h"
#include "bench/dnc_speed.h"
#include "bench/handwriting_speed.h"
#include "bench/ntm_speed.h"
#include "bench/peak.h"
#include "bench/plain_pytorch.h"
#include "mneme/cli/bench_transformer.h"
#include "mneme/cli/command.h"
#include "mneme/cli/project.h"
#include "mneme/core/figure_text.h"
#include "mneme/core/log.h"

namespace mneme {
namespace {

constexpr double kTrainingSeconds = 3;

ResultRow optional_figure(const std::optional<double>& value) {
  return value ? ResultRow(*value) : ResultRow();
}

/// The processor that is measured on.
class Machine {
 public:
  Machine() : threads_(at::get_num_threads()) {
    // Two threads that wait for each other suffer most: one that is held up holds up both.
    double busy = 0;
    if (getloadavg(&busy, 1) == 1 && busy > 0.5)
      log_warning("other programs keep " + figure_text(busy) + " cores busy: these figures will be too low");
    peak_ = measured_peak_gflops(threads_);
    log_info("peak of " + std::to_string(threads_) + " threads: " + figure_text(peak_) +
             " GFLOP/s of float32 multiply-adds");
  }

  int64_t threads() const { return threads_; }

  /// Times, their ratio, GFLOP/s and the share of the peak of whichever path is the faster.
  void add_speed(ResultRow& row, const PathSpeed& speed) {
    if (!speed.obstacle.empty() && !told_obstacle_) {
      log_warning("the fused path cannot run: " + speed.obstacle);
      told_obstacle_ = true;
    }
    row["threads"] = threads_;
    row["composite_ms"] = optional_figure(speed.composite_ms);
    row["fused_ms"] = optional_figure(speed.fused_ms);
    if (speed.composite_ms && speed.fused_ms) row["speedup_over_composite"] = *speed.composite_ms / *speed.fused_ms;
    const auto fastest = speed.fused_ms ? speed.fused_ms : speed.composite_ms;
    const double gflops = speed.gflop / (*fastest / 1e3);
    row["gflops"] = gflops;
    row["share_of_peak"] = gflops / peak_;
  }

 private:
  int64_t threads_;
  double peak_ = 0;
  bool told_obstacle_ = false;
};

/// The fused path alone, or where it cannot run the composite.
template <class Case, class Measure>
auto measure_fastest(const Case& setting, Measure&& measure) {
  auto speed = measure(setting, SpeedEffort{.repeats = 5, .seconds = 2, .composite = false});
  if (!speed.fused_ms) speed = measure(setting, SpeedEffort{.repeats = 3, .seconds = 2, .fused = false});
  return speed;
}

/// The columns `pytorch_ms` and `speedup_over_pytorch`: the same model in plain PyTorch. Null where that cannot run; a
/// line says once why.
class PytorchColumns {
 public:
  PytorchColumns(const char* script, int64_t threads)
      : script_(project_folder() / "bench" / script), threads_(threads) {}

  /// After the row has its fused_ms.
  void add(ResultRow& row, int64_t batch) {
    row["pytorch_ms"] = ResultRow();
    row["speedup_over_pytorch"] = ResultRow();
    if (missing_) return;
    log_progress("batch " + std::to_string(batch) + ": plain PyTorch");
    const PlainPytorch measured = measure_plain_pytorch(script_, batch, threads_);
    if (!measured.milliseconds) {
      log_info("pytorch_ms is empty: " + measured.why_not);
      missing_ = true;
      return;
    }
    row["pytorch_ms"] = *measured.milliseconds;
    if (row["fused_ms"].is_number())
      row["speedup_over_pytorch"] = *measured.milliseconds / row["fused_ms"].get<double>();
  }

 private:
  std::filesystem::path script_;
  int64_t threads_;
  bool missing_ = false;
};

class NtmBench {
 public:
  std::vector<ResultRow> against_composite(const std::vector<int64_t>& batches, bool pytorch) {
    std::vector<ResultRow> rows;
    for (const int64_t batch : batches) {
      NtmSpeedCase setting;
      setting.batch = batch;
      log_progress("batch " + std::to_string(batch) + ": composite and fused in turn");
      ResultRow row;
      row["batch"] = batch;
      machine_.add_speed(row, measure_ntm(setting, {}));
      log_progress("batch " + std::to_string(batch) + ": training on copy");
      row["sequences_per_second"] = copy_training_rate(setting.model, batch, kTrainingSeconds);
      if (pytorch) pytorch_.add(row, batch);
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
    ResultRow row;
    row["kind"] = std::string("growth with ") + what;
    row["slots"] = setting.model.slots;
    row["width"] = setting.model.width;
    row["steps"] = setting.steps();
    row["batch"] = setting.batch;
    machine_.add_speed(row, measure_fastest(setting, measure_ntm));
    return row;
  }

  Machine machine_;
  PytorchColumns pytorch_{"plain_pytorch_ntm.py", machine_.threads()};
};

class DncBench {
 public:
  std::vector<ResultRow> against_composite(const std::vector<int64_t>& batches) {
    std::vector<ResultRow> rows;
    for (const int64_t batch : batches) {
      log_progress("batch " + std::to_string(batch) + ": composite and fused in turn");
      rows.push_back(row({.batch = batch}, measure_dnc({.batch = batch}, {.repeats = 5, .seconds = 12})));
    }
    log_progress("");
    return rows;
  }

  /// How time and memory grow with one size at a time, a single sequence and the other sizes as above.
  std::vector<ResultRow> growth() {
    std::vector<ResultRow> rows;
    const auto vary = [&](const char* what, const std::vector<int64_t>& values, auto&& set) {
      for (const int64_t value : values) {
        DncSpeedCase setting;
        set(setting, value);
        log_progress(std::string("growth with ") + what + ": " + std::to_string(value));
        rows.push_back(row(setting, measure_fastest(setting, measure_dnc)));
        rows.back()["kind"] = std::string("growth with ") + what;
      }
    };
    vary("slots", {32, 64, 128, 256, 512, 1024}, [](DncSpeedCase& c, int64_t n) { c.model.slots = n; });
    vary("width", {16, 32, 64, 128}, [](DncSpeedCase& c, int64_t w) { c.model.width = w; });
    vary("steps", {25, 50, 100, 200}, [](DncSpeedCase& c, int64_t steps) { c.steps = steps; });
    vary("batch", {1, 2, 4, 8, 16, 32}, [](DncSpeedCase& c, int64_t b) { c.batch = b; });
    for (const int64_t slots : {1024, 4096, 16384, 65536}) {
      DncSpeedCase setting;
      setting.model.slots = slots;
      setting.model.sparse = 8;
      log_progress("growth with slots, 8 in a weighting: " + std::to_string(slots));
      rows.push_back(row(setting, measure_dnc(setting, {.repeats = 3, .seconds = 6, .fused = false})));
      rows.back()["kind"] = "growth with slots, 8 in a weighting";
    }
    log_progress("");
    return rows;
  }

 private:
  ResultRow row(const DncSpeedCase& setting, const DncSpeed& speed) {
    ResultRow row;
    row["slots"] = setting.model.slots;
    row["sparse"] = setting.model.sparse;
    row["width"] = setting.model.width;
    row["steps"] = setting.steps;
    row["batch"] = setting.batch;
    machine_.add_speed(row, speed);
    row["composite_mb"] = optional_figure(speed.composite_mb);
    row["fused_mb"] = optional_figure(speed.fused_mb);
    row["sequences_per_second"] = speed.sequences_per_second;
    return row;
  }

  Machine machine_;
};

/// A digitiser gives about 100 points of a pen in a second.
constexpr double kPersonPointsPerSecond = 100;

class HandwritingBench {
 public:
  std::vector<ResultRow> rows(bool pytorch) {
    const HandwritingSpeedCase setting;
    log_progress("batch " + std::to_string(setting.batch) + ": composite and fused in turn");
    ResultRow training;
    training["kind"] = "forward and backward";
    training["layers"] = setting.model.layers;
    training["hidden"] = setting.model.hidden;
    training["batch"] = setting.batch;
    training["points"] = setting.points;
    machine_.add_speed(training, measure_handwriting(setting, {.repeats = 3, .seconds = 12}));
    if (pytorch) pytorch_.add(training, setting.batch);
    std::vector<ResultRow> rows{training};
    for (const int64_t lines : {1, 32}) {
      log_progress("writing " + std::to_string(lines) + " at a time");
      ResultRow row;
      row["kind"] = "writing";
      row["lines"] = lines;
      row["threads"] = machine_.threads();
      const double rate = writing_rate(setting, lines, 2);
      row["points_per_second"] = rate;
      row["times_a_person"] = rate / kPersonPointsPerSecond;
      rows.push_back(std::move(row));
    }
    log_progress("");
    return rows;
  }

 private:
  Machine machine_;
  PytorchColumns pytorch_{"plain_pytorch_handwriting.py", machine_.threads()};
};

class ActBench {
 public:
  std::vector<ResultRow> against_composite(bool pytorch) {
    std::vector<ResultRow> rows;
    const auto add = [&](const char* kind, const ActSpeedCase& setting) {
      log_progress(std::string(kind) + ": composite and fused in turn");
      const ActSpeed speed = measure_act(setting, {.repeats = 9, .seconds = 8});
      ResultRow row;
      row["kind"] = kind;
      row["batch"] = setting.batch;
      row["ponder_steps"] = speed.ponder_steps;
      row["longest"] = speed.longest;
      machine_.add_speed(row, speed);
      rows.push_back(std::move(row));
    };
    add("parity, RNN 128", act_parity_case(128));
    if (pytorch) pytorch_.add(rows.back(), 128);
    add("addition, LSTM 512", act_addition_case(32));
    log_progress("");
    return rows;
  }

 private:
  Machine machine_;
  PytorchColumns pytorch_{"plain_pytorch_act.py", machine_.threads()};
};

}  // namespace

int run_bench(const Arguments& arguments) {
  Command command(
      "bench",
      "Measures speed: forward and backward of whole sequences, the fused operation against the composite in the\n"
      "same run, and training in sequences a second. ntm: the paper's copy settings. dnc: 256 slots of 64, four\n"
      "read heads, an LSTM of 256 and 100 steps, and the memory that it takes. handwriting: three layers of 400 with a\n"
      "window, lines of 256 points, and writing against a person's 100 points a second. transformer: training of two\n"
      "GPTs. generate: one stream of a GPT of 124 million parameters. act: networks that think as long as\n"
      "they want, of whose sequences the fused operation steps only those that still do.",
      {{"mneme bench ntm", "batches of 1 and 16, in under a minute"},
       {"mneme bench dnc --threads 2 --json", "the Differentiable Neural Computer"},
       {"mneme bench handwriting --json", "the handwriting synthesis network, a batch of 32"},
       {"mneme bench transformer --json", "training, as a share of the processor's peak"},
       {"mneme bench generate --json", "generation, as a share of what the memory allows"},
       {"mneme bench act --json", "adaptive computation time: parity and addition"},
       {"mneme bench ntm --batch 1,16,64", "other batches"},
       {"mneme bench dnc --sizes", "how time grows with slots, width, steps and batch"}});
  std::vector<std::string> words;
  std::vector<int64_t> batches{1, 16};
  bool sizes = false, no_pytorch = false;
  command.words("what", words, "ntm, dnc, handwriting, transformer, generate or act (default ntm)");
  command.integers("--batch", batches, 1, "batch sizes (default 1,16)");
  command.flag("--sizes", sizes, "how time grows with N, W, T and the batch, instead");
  command.flag("--no-pytorch", no_pytorch, "leave out the plain PyTorch version");
  if (!command.parse(arguments)) return 0;
  if (words.size() > 1) command.refuse("does not take the word " + words[1]);
  const std::string what = words.empty() ? "ntm" : words[0];
  if (what == "ntm") {
    NtmBench bench;
    command.print(
        {"bench", what, std::nullopt, sizes ? bench.growth() : bench.against_composite(batches, !no_pytorch)});
  } else if (what == "dnc") {
    DncBench bench;
    command.print({"bench", what, std::nullopt, sizes ? bench.growth() : bench.against_composite(batches)});
  } else if (what == "handwriting") {
    HandwritingBench bench;
    command.print({"bench", what, std::nullopt, bench.rows(!no_pytorch)});
  } else if (what == "transformer") {
    command.print({"bench", what, std::nullopt, transformer_rows(!no_pytorch)});
  } else if (what == "generate") {
    command.print({"bench", what, std::nullopt, generation_rows()});
  } else if (what == "act") {
    ActBench bench;
    command.print({"bench", what, std::nullopt, bench.against_composite(!no_pytorch)});
  } else {
    command.refuse("unknown benchmark " + what +
                   ", expected one of ntm, dnc, handwriting, transformer, generate, act");
  }
  return 0;
}

}  // namespace mneme
