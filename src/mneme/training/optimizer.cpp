#include "mneme/training/optimizer.h"

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>

#include <algorithm>
#include <cmath>

namespace mneme {
namespace {

// The loops stand in functions of their own, where the compiler sees that the buffers do not overlap. The
// square root between them is the engine's: std::sqrt may set errno, which would keep a loop from being
// vectorised.

template <class Number>
struct RmsPropRates {
  Number decay, rest, momentum, epsilon, rate;
};

template <class Number>
void rmsprop_means(const RmsPropRates<Number> use, int64_t count, const Number* __restrict__ gradient,
                   Number* __restrict__ mean_square, Number* __restrict__ mean,
                   Number* __restrict__ variance) {
  for (int64_t i = 0; i < count; ++i) {
    mean_square[i] = use.decay * mean_square[i] + use.rest * gradient[i] * gradient[i];
    mean[i] = use.decay * mean[i] + use.rest * gradient[i];
    // Rounding can leave n - m² just below zero.
    variance[i] = std::max(mean_square[i] - mean[i] * mean[i], Number{0}) + use.epsilon;
  }
}

template <class Number>
void rmsprop_step(const RmsPropRates<Number> use, int64_t count, const Number* __restrict__ gradient,
                  const Number* __restrict__ deviation, Number* __restrict__ change,
                  Number* __restrict__ value) {
  for (int64_t i = 0; i < count; ++i) {
    change[i] = use.momentum * change[i] - use.rate * gradient[i] / deviation[i];
    value[i] += change[i];
  }
}

template <class Number>
struct AdamRates {
  Number beta1, rest1, beta2, rest2, rate, square_scale, epsilon;
};

template <class Number>
void adam_means(const AdamRates<Number> use, int64_t count, const Number* __restrict__ gradient,
                Number* __restrict__ mean, Number* __restrict__ mean_square) {
  for (int64_t i = 0; i < count; ++i) {
    mean[i] = use.beta1 * mean[i] + use.rest1 * gradient[i];
    mean_square[i] = use.beta2 * mean_square[i] + use.rest2 * gradient[i] * gradient[i];
  }
}

template <class Number>
void adam_step(const AdamRates<Number> use, int64_t count, const Number* __restrict__ mean,
               const Number* __restrict__ root, Number* __restrict__ value) {
  for (int64_t i = 0; i < count; ++i)
    value[i] -= use.rate * mean[i] / (root[i] * use.square_scale + use.epsilon);
}

template <class Number>
void shrink(Number factor, int64_t count, Number* __restrict__ value) {
  for (int64_t i = 0; i < count; ++i) value[i] *= factor;
}

class RmsPropGravesOptimizer : public Optimizer {
 public:
  RmsPropGravesOptimizer(const RmsPropGraves& settings, const at::Tensor& like)
      : settings_(settings),
        mean_square_(at::zeros_like(like)),
        mean_(at::zeros_like(like)),
        change_(at::zeros_like(like)),
        deviation_(at::empty_like(like)) {}

  void step(at::Tensor& values, const at::Tensor& gradients, double learning_rate) override {
    AT_DISPATCH_FLOATING_TYPES(values.scalar_type(), "rmsprop_graves", [&] {
      const auto number = [](double value) { return static_cast<scalar_t>(value); };
      const RmsPropRates<scalar_t> use{number(settings_.decay), number(1 - settings_.decay),
                                       number(settings_.momentum), number(settings_.epsilon),
                                       number(learning_rate)};
      const int64_t count = values.numel();
      const auto* gradient = gradients.const_data_ptr<scalar_t>();
      rmsprop_means(use, count, gradient, mean_square_.mutable_data_ptr<scalar_t>(),
                    mean_.mutable_data_ptr<scalar_t>(), deviation_.mutable_data_ptr<scalar_t>());
      deviation_.sqrt_();
      rmsprop_step(use, count, gradient, deviation_.const_data_ptr<scalar_t>(),
                   change_.mutable_data_ptr<scalar_t>(), values.mutable_data_ptr<scalar_t>());
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
  at::Tensor deviation_;    // √(n - m² + ℸ), of the present step
};

class AdamOptimizer : public Optimizer {
 public:
  AdamOptimizer(const Adam& settings, const at::Tensor& like, std::vector<ElementRange> decayed)
      : settings_(settings),
        decayed_(std::move(decayed)),
        steps_(at::zeros({1}, at::kLong)),
        mean_(at::zeros_like(like)),
        mean_square_(at::zeros_like(like)),
        root_(at::empty_like(like)) {}

  void step(at::Tensor& values, const at::Tensor& gradients, double learning_rate) override {
    const int64_t steps = ++*steps_.mutable_data_ptr<int64_t>();
    const double mean_share = 1 - std::pow(settings_.beta1, steps);
    const double square_share = 1 - std::pow(settings_.beta2, steps);
    AT_DISPATCH_FLOATING_TYPES(values.scalar_type(), "adam", [&] {
      const auto number = [](double value) { return static_cast<scalar_t>(value); };
      const AdamRates<scalar_t> use{number(settings_.beta1),
                                    number(1 - settings_.beta1),
                                    number(settings_.beta2),
                                    number(1 - settings_.beta2),
                                    number(learning_rate / mean_share),
                                    number(1 / std::sqrt(square_share)),
                                    number(settings_.epsilon)};
      const int64_t count = values.numel();
      adam_means(use, count, gradients.const_data_ptr<scalar_t>(), mean_.mutable_data_ptr<scalar_t>(),
                 mean_square_.mutable_data_ptr<scalar_t>());
      at::sqrt_out(root_, mean_square_);
      if (settings_.weight_decay > 0)
        for (const auto& range : decayed_)
          shrink(number(1 - learning_rate * settings_.weight_decay), range.elements,
                 values.mutable_data_ptr<scalar_t>() + range.start);
      adam_step(use, count, mean_.const_data_ptr<scalar_t>(), root_.const_data_ptr<scalar_t>(),
                values.mutable_data_ptr<scalar_t>());
    });
  }

  std::map<std::string, at::Tensor> state() override {
    return {{"steps", steps_}, {"mean", mean_}, {"mean_square", mean_square_}};
  }

 private:
  Adam settings_;
  std::vector<ElementRange> decayed_;
  at::Tensor steps_;        // t, int64 [1]
  at::Tensor mean_;         // m
  at::Tensor mean_square_;  // v
  at::Tensor root_;         // √v, of the present step
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const RmsPropGraves& settings, const at::Tensor& like) {
  return std::make_unique<RmsPropGravesOptimizer>(settings, like);
}

std::unique_ptr<Optimizer> make_optimizer(const Adam& settings, const at::Tensor& like,
                                          std::vector<ElementRange> decayed) {
  return std::make_unique<AdamOptimizer>(settings, like, std::move(decayed));
}

std::unique_ptr<Optimizer> make_optimizer(const TrainingOptions& options, const at::Tensor& like,
                                          std::vector<ElementRange> decayed) {
  if (options.optimizer == "rmsprop-graves")
    return make_optimizer(RmsPropGraves{options.rms_decay, options.rms_momentum, options.rms_epsilon}, like);
  const double weight_decay = options.optimizer == "adamw" ? options.weight_decay : 0;
  return make_optimizer(Adam{options.adam_beta1, options.adam_beta2, options.adam_epsilon, weight_decay}, like,
                        std::move(decayed));
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
