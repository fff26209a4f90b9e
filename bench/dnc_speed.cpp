#include "bench/dnc_speed.h"

#include <chrono>

#include "mneme/core/error.h"
#include "mneme/training/flat_parameters.h"
#include "mneme/training/optimizer.h"

namespace mneme {
namespace {

constexpr int64_t kFeatures = 92, kOutputs = 90;

/// One model and one batch of numbers, on which either path can be timed.
class DncSubject {
 public:
  explicit DncSubject(const DncSpeedCase& wanted)
      : parameters_(Seed(1).stream("parameters")),
        model_(wanted.model, kFeatures, kOutputs, parameters_),
        flat_(*model_) {
    torch::manual_seed(1);
    inputs_ = torch::randn({wanted.batch, wanted.steps, kFeatures});
    weights_ = torch::randn({wanted.batch, wanted.steps, kOutputs});
    optimizer_ = make_optimizer(Adam{}, flat_.values(), {});
    gflop_ = 2e-9 * 3 * static_cast<double>(model_->multiply_adds_per_step() * wanted.steps * wanted.batch);
  }

  double gflop() const { return gflop_; }

  void run(Path path) {
    model_->set_path(path);
    flat_.gradients().zero_();
    (model_->predict(inputs_, {}) * weights_).sum().backward();
  }

  void train(Path path) {
    run(path);
    clip_norm(flat_.gradients(), 10);
    optimizer_->step(flat_.values(), flat_.gradients(), 1e-4);
  }

 private:
  Random parameters_;
  Dnc model_;
  FlatParameters flat_;
  at::Tensor inputs_, weights_;
  std::unique_ptr<Optimizer> optimizer_;
  double gflop_ = 0;
};

}  // namespace

DncSpeed measure_dnc(const DncSpeedCase& wanted, const SpeedEffort& effort) {
  DncSubject subject(wanted);
  DncSpeed speed;
  // The fused path first: what the composite gives back would hide what it takes.
  if (effort.fused) {
    try {
      speed.fused_mb = peak_megabytes([&] { subject.run(Path::fused); });
    } catch (const Error&) {  // time_paths tells why
    }
  }
  if (effort.composite) speed.composite_mb = peak_megabytes([&] { subject.run(Path::composite); });
  static_cast<PathSpeed&>(speed) = time_paths([&](Path path) { subject.run(path); }, subject.gflop(), effort);

  if (!speed.fused_ms && !speed.composite_ms) return speed;  // the fused path alone was asked for, and cannot run
  const Path fastest = speed.fused_ms ? Path::fused : Path::composite;
  const double call_ms = speed.fused_ms ? *speed.fused_ms : *speed.composite_ms;
  const auto calls = std::max<int64_t>(3, static_cast<int64_t>(1e3 / call_ms));
  const auto start = std::chrono::steady_clock::now();
  for (int64_t call = 0; call < calls; ++call) subject.train(fastest);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  speed.sequences_per_second = static_cast<double>(calls * wanted.batch) / seconds.count();
  return speed;
}

}  // namespace mneme
