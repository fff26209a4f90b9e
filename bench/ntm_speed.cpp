#include "bench/ntm_speed.h"

#include <cstdlib>
#include <filesystem>

#include "mneme/core/error.h"
#include "mneme/tasks/task.h"
#include "mneme/training/flat_parameters.h"
#include "mneme/training/loss.h"
#include "mneme/training/trainer.h"

namespace mneme {
namespace {

Setting setting(OptionValue value) {
  return {std::move(value), "bench"};
}

/// One model and one batch on which either path can be timed.
class NtmSubject {
 public:
  explicit NtmSubject(const NtmSpeedCase& wanted) {
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
    training_loss(TargetKind::bits, batch_, model_->forward(batch_)).backward();
  }

 private:
  Batch batch_;
  Ntm model_{nullptr};
  std::optional<FlatParameters> flat_;
  double gflop_ = 0;
};

}  // namespace

PathSpeed measure_ntm(const NtmSpeedCase& wanted, const SpeedEffort& effort) {
  NtmSubject subject(wanted);
  return time_paths([&](Path path) { subject.run(path); }, subject.gflop(), effort);
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
