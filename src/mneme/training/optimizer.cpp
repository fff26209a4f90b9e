#include "mneme/training/optimizer.h"

#include <ATen/Dispatch.h>

#include <algorithm>
#include <cmath>

#include "mneme/core/error.h"

namespace mneme {
namespace {

class RmsPropGravesOptimizer : public Optimizer {
 public:
  RmsPropGravesOptimizer(const RmsPropGraves& settings, const at::Tensor& like)
      : settings_(settings),
        mean_square_(at::zeros_like(like)),
        mean_(at::zeros_like(like)),
        change_(at::zeros_like(like)) {}

  void step(at::Tensor& values, const at::Tensor& gradients, double learning_rate) override {
    AT_DISPATCH_FLOATING_TYPES(values.scalar_type(), "rmsprop_graves", [&] {
      const auto decay = static_cast<scalar_t>(settings_.decay);
      const auto rest = static_cast<scalar_t>(1 - settings_.decay);
      const auto momentum = static_cast<scalar_t>(settings_.momentum);
      const auto epsilon = static_cast<scalar_t>(settings_.epsilon);
      const auto rate = static_cast<scalar_t>(learning_rate);
      const scalar_t* __restrict__ gradient = gradients.const_data_ptr<scalar_t>();
      scalar_t* __restrict__ value = values.mutable_data_ptr<scalar_t>();
      scalar_t* __restrict__ mean_square = mean_square_.mutable_data_ptr<scalar_t>();
      scalar_t* __restrict__ mean = mean_.mutable_data_ptr<scalar_t>();
      scalar_t* __restrict__ change = change_.mutable_data_ptr<scalar_t>();
      const int64_t count = values.numel();
      for (int64_t i = 0; i < count; ++i) {
        mean_square[i] = decay * mean_square[i] + rest * gradient[i] * gradient[i];
        mean[i] = decay * mean[i] + rest * gradient[i];
        // Rounding can leave n - m² just below zero.
        const scalar_t variance = std::max(mean_square[i] - mean[i] * mean[i], scalar_t{0});
        change[i] = momentum * change[i] - rate * gradient[i] / std::sqrt(variance + epsilon);
        value[i] += change[i];
      }
    });
  }

  std::map<std::string, at::Tensor> state() override {
    return {{"mean_square", mean_square_}, {"mean", mean_}, {"change", change_}};
  }

 private:
  RmsPropGraves settings_;
  at::Tensor mean_square_;  // n
  at::Tensor mean_;         // m
  at::Tensor change_;       // Δ
};

class AdamOptimizer : public Optimizer {
 public:
  AdamOptimizer(const Adam& settings, const at::Tensor& like)
      : settings_(settings),
        steps_(at::zeros({1}, at::kLong)),
        mean_(at::zeros_like(like)),
        mean_square_(at::zeros_like(like)) {}

  void step(at::Tensor& values, const at::Tensor& gradients, double learning_rate) override {
    const int64_t steps = ++*steps_.mutable_data_ptr<int64_t>();
    const double mean_share = 1 - std::pow(settings_.beta1, steps);
    const double square_share = 1 - std::pow(settings_.beta2, steps);
    AT_DISPATCH_FLOATING_TYPES(values.scalar_type(), "adam", [&] {
      const auto beta1 = static_cast<scalar_t>(settings_.beta1), rest1 = static_cast<scalar_t>(1 - settings_.beta1);
      const auto beta2 = static_cast<scalar_t>(settings_.beta2), rest2 = static_cast<scalar_t>(1 - settings_.beta2);
      const auto keep = static_cast<scalar_t>(1 - learning_rate * settings_.weight_decay);
      const auto rate = static_cast<scalar_t>(learning_rate / mean_share);
      const auto square_scale = static_cast<scalar_t>(1 / std::sqrt(square_share));
      const auto epsilon = static_cast<scalar_t>(settings_.epsilon);
      const scalar_t* __restrict__ gradient = gradients.const_data_ptr<scalar_t>();
      scalar_t* __restrict__ value = values.mutable_data_ptr<scalar_t>();
      scalar_t* __restrict__ mean = mean_.mutable_data_ptr<scalar_t>();
      scalar_t* __restrict__ mean_square = mean_square_.mutable_data_ptr<scalar_t>();
      const int64_t count = values.numel();
      for (int64_t i = 0; i < count; ++i) {
        mean[i] = beta1 * mean[i] + rest1 * gradient[i];
        mean_square[i] = beta2 * mean_square[i] + rest2 * gradient[i] * gradient[i];
        value[i] = keep * value[i] - rate * mean[i] / (std::sqrt(mean_square[i]) * square_scale + epsilon);
      }
    });
  }

  std::map<std::string, at::Tensor> state() override {
    return {{"steps", steps_}, {"mean", mean_}, {"mean_square", mean_square_}};
  }

 private:
  Adam settings_;
  at::Tensor steps_;        // t, int64 [1]
  at::Tensor mean_;         // m
  at::Tensor mean_square_;  // v
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const RmsPropGraves& settings, const at::Tensor& like) {
  return std::make_unique<RmsPropGravesOptimizer>(settings, like);
}

std::unique_ptr<Optimizer> make_optimizer(const Adam& settings, const at::Tensor& like) {
  return std::make_unique<AdamOptimizer>(settings, like);
}

std::unique_ptr<Optimizer> make_optimizer(const TrainingOptions& options, const at::Tensor& like) {
  if (options.optimizer == "rmsprop-graves")
    return make_optimizer(RmsPropGraves{options.rms_decay, options.rms_momentum, options.rms_epsilon}, like);
  const double weight_decay = options.optimizer == "adamw" ? options.weight_decay : 0;
  return make_optimizer(Adam{options.adam_beta1, options.adam_beta2, options.adam_epsilon, weight_decay}, like);
}

void clip_elements(at::Tensor& gradients, double size) {
  AT_DISPATCH_FLOATING_TYPES(gradients.scalar_type(), "clip_elements", [&] {
    const auto limit = static_cast<scalar_t>(size);
    scalar_t* gradient = gradients.mutable_data_ptr<scalar_t>();
    const int64_t count = gradients.numel();
    for (int64_t i = 0; i < count; ++i) gradient[i] = std::clamp(gradient[i], -limit, limit);
  });
}

double clip_norm(at::Tensor& gradients, double largest) {
  double norm = 0;
  AT_DISPATCH_FLOATING_TYPES(gradients.scalar_type(), "clip_norm", [&] {
    // Sums side by side keep the order of additions fixed and still use the vector unit.
    constexpr int64_t kSums = 8;
    double sums[kSums] = {};
    const scalar_t* gradient = gradients.const_data_ptr<scalar_t>();
    const int64_t count = gradients.numel();
    int64_t i = 0;
    for (; i + kSums <= count; i += kSums)
      for (int64_t j = 0; j < kSums; ++j)
        sums[j] += static_cast<double>(gradient[i + j]) * static_cast<double>(gradient[i + j]);
    for (; i < count; ++i) sums[0] += static_cast<double>(gradient[i]) * static_cast<double>(gradient[i]);
    for (const double sum : sums) norm += sum;
    norm = std::sqrt(norm);
    if (norm <= largest) return;
    const auto scale = static_cast<scalar_t>(largest / norm);
    scalar_t* scaled = gradients.mutable_data_ptr<scalar_t>();
    for (int64_t k = 0; k < count; ++k) scaled[k] *= scale;
  });
  return norm;
}

void update_average(at::Tensor& averages, const at::Tensor& values, double decay) {
  AT_DISPATCH_FLOATING_TYPES(values.scalar_type(), "update_average", [&] {
    const auto keep = static_cast<scalar_t>(decay), rest = static_cast<scalar_t>(1 - decay);
    scalar_t* __restrict__ average = averages.mutable_data_ptr<scalar_t>();
    const scalar_t* __restrict__ value = values.const_data_ptr<scalar_t>();
    const int64_t count = values.numel();
    for (int64_t i = 0; i < count; ++i) average[i] = keep * average[i] + rest * value[i];
  });
}

}  // namespace mneme
