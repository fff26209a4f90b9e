#include "bench/act_speed.h"

#include "mneme/training/flat_parameters.h"

namespace mneme {
namespace {

/// One model and one batch of numbers, on which either path can be timed.
class ActSubject {
 public:
  explicit ActSubject(const ActSpeedCase& wanted)
      : parameters_(Seed(1).stream("parameters")),
        model_(wanted.model, ModelSizes{wanted.features, wanted.outputs}, parameters_),
        flat_(*model_) {
    {
      const torch::NoGradGuard no_grad;
      model_->named_parameters()["halting.weight"].mul_(wanted.halting_gain);
    }
    torch::manual_seed(1);
    given_.inputs = torch::randint(-1, 2, {wanted.batch, wanted.time, wanted.features}).to(torch::kFloat);
    weights_ = torch::randn({wanted.batch, wanted.time, wanted.outputs});
  }

  /// Inner steps of every step, int64 [batch, time].
  at::Tensor steps() const { return model_->record(given_.inputs, {}).steps; }

  /// Of forward and backward: each inner step once, the products with inputs and for outputs once a step.
  double gflop(const ActSpeedCase& wanted, double inner_steps) const {
    const auto recurrent = static_cast<double>(model_->named_parameters()["cell.recurrent_weight"].numel());
    const auto once =
        static_cast<double>(model_->multiply_adds_per_step()) - recurrent - static_cast<double>(wanted.model.hidden);
    const auto steps = static_cast<double>(wanted.batch * wanted.time);
    return 2e-9 * 3 * (inner_steps * (recurrent + static_cast<double>(wanted.model.hidden)) + steps * once);
  }

  void run(Path path) {
    model_->set_path(path);
    flat_.gradients().zero_();
    const auto prediction = model_->forward(given_);
    ((prediction.logits * weights_).sum() + prediction.cost).backward();
  }

 private:
  Random parameters_;
  ActRnn model_;
  FlatParameters flat_;
  Sequences given_;
  at::Tensor weights_;
};

}  // namespace

ActSpeedCase act_parity_case(int64_t batch) {
  ActSpeedCase setting{{}, /*features=*/64, /*outputs=*/1, batch, /*time=*/1, /*halting_gain=*/12};
  setting.model.cell = "rnn";
  setting.model.hidden = 128;
  setting.model.max_steps = 20;
  setting.model.halting_bias = 4;
  return setting;
}

ActSpeedCase act_addition_case(int64_t batch) {
  ActSpeedCase setting{{}, /*features=*/50, /*outputs=*/66, batch, /*time=*/5, /*halting_gain=*/8};
  setting.model.cell = "lstm";
  setting.model.hidden = 512;
  setting.model.max_steps = 20;
  setting.model.halting_bias = 4.6;
  return setting;
}

ActSpeed measure_act(const ActSpeedCase& wanted, const SpeedEffort& effort) {
  ActSubject subject(wanted);
  const auto steps = subject.steps();
  const auto inner_steps = steps.sum().item<double>();
  ActSpeed speed;
  static_cast<PathSpeed&>(speed) =
      time_paths([&](Path path) { subject.run(path); }, subject.gflop(wanted, inner_steps), effort);
  speed.ponder_steps = inner_steps / static_cast<double>(steps.numel());
  speed.longest = steps.max().item<int64_t>();
  return speed;
}

}  // namespace mneme
