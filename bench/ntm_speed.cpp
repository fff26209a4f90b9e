#include "bench/ntm_speed.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "mneme/core/error.h"
#include "mneme/tasks/task.h"
#include "mneme/training/flat_parameters.h"
#include "mneme/training/loss.h"
#include "mneme/training/seeds.h"
#include "mneme/training/trainer.h"

namespace mneme {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kFewestRepeats = 3;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Setting setting(OptionValue value) {
  return {std::move(value), "bench"};
}

/// One model and one batch on which either path can be timed.
class Subject {
 public:
  explicit Subject(const NtmSpeedCase& wanted) {
    const auto task =
        make_task("copy", {{"min_length", setting(wanted.length)}, {"max_length", setting(wanted.length)}});
    Random data = Seed(1).stream("bench"), parameters = Seed(1).stream("parameters");
    batch_ = task->sample(wanted.batch, data);
    model_ = Ntm(wanted.model, task->sizes().features, task->sizes().outputs, parameters);
    flat_.emplace(*model_);  // gradients are added into one buffer, as in training
    gflop_ = 2e-9 * 3 * static_cast<double>(model_->multiply_adds_per_step() * wanted.steps() * wanted.batch);
  }

  double gflop() const { return gflop_; }

  void run(Path path) {
    model_->set_path(path);
    flat_->gradients().zero_();
    training_loss(TargetKind::bits, batch_, model_->predict(batch_.inputs, batch_.lengths)).backward();
  }

 private:
  Batch batch_;
  Ntm model_{nullptr};
  std::optional<FlatParameters> flat_;
  double gflop_ = 0;
};

double milliseconds_of_call(Subject& subject, Path path, int64_t calls) {
  const auto start = Clock::now();
  for (int64_t call = 0; call < calls; ++call) subject.run(path);
  return 1e3 * seconds_since(start) / static_cast<double>(calls);
}

}  // namespace

NtmSpeed measure_ntm(const NtmSpeedCase& wanted, const NtmSpeedEffort& effort) {
  Subject subject(wanted);
  NtmSpeed speed;
  speed.gflop = subject.gflop();
  bool fused = effort.fused;
  int64_t fused_calls = 1;
  if (effort.composite) subject.run(Path::composite);
  if (fused) {
    try {
      subject.run(Path::fused);  // warms up and tells whether it can run at all
      const double once = milliseconds_of_call(subject, Path::fused, 3);
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
    if (effort.composite) composite_ms.push_back(milliseconds_of_call(subject, Path::composite, 1));
    if (fused) fused_ms.push_back(milliseconds_of_call(subject, Path::fused, fused_calls));
  }
  if (effort.composite) speed.composite_ms = median(composite_ms);
  if (fused) speed.fused_ms = median(fused_ms);
  return speed;
}

double copy_training_rate(const NtmOptions& model, int64_t batch, double seconds) {
  Recipe recipe;
  recipe.model = "ntm";
  recipe.task = "copy";
  NtmOptions options = model;
  for (const OptionInfo& option : describe_options(options))
    recipe.model_settings[option.key] = setting(option.value);
  // Nothing but updates: no validation on the way, no test, no checkpoint before the end.
  recipe.training_settings = {{"batch_size", setting(batch)},
                              {"length", setting(std::to_string(seconds) + "s")},
                              {"log_every", setting(std::string("10u"))},
                              {"validate_every", setting(std::string("0u"))},
                              {"validation_sequences", setting(int64_t{1})},
                              {"test_sequences", setting(int64_t{0})},
                              {"checkpoint_every", setting(std::string("0u"))}};

  std::string folder = (std::filesystem::temp_directory_path() / "mneme-bench-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) throw Error("bench: no folder can be made in " + folder);
  struct Removed {
    std::filesystem::path path;
    ~Removed() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  } const removed{folder};

  std::optional<Position> first, last;  // the first line has warmed up
  train(recipe, {folder + "/run", false, nullptr, [&](const Progress& progress) {
                   if (progress.kind != Progress::Kind::train) return;
                   if (!first) first = progress.position;
                   last = progress.position;
                 }});
  if (!first || last->seconds <= first->seconds) return 0;
  return static_cast<double>(last->sequences - first->sequences) / (last->seconds - first->seconds);
}

}  // namespace mneme
