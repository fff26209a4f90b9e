#include "mneme/kernels/mixture_density/mixture_density.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/kernels/mixture_density/mixture_density_plan.h"
#include "mneme/kernels/whole_sequence.h"

namespace mneme {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kRows = 64;  // of one task

/// The nats of every row, and their derivative when `d_raw` is defined.
template <class T>
at::Tensor run(const at::Tensor& raw, const at::Tensor& points, const at::Tensor& d_raw) {
  const at::Tensor nats = at::empty({raw.size(0)}, raw.options());
  const MixtureDensityPlan<T> plan{(raw.size(1) - 1) / 6, data<T>(raw), data<T>(points), data<T>(nats), data<T>(d_raw)};
  at::parallel_for(0, raw.size(0), kRows, [&](int64_t begin, int64_t end) {
    MNEME_FASTEST(mixture_density<T>, plan, begin, end - begin,
                  thread_scratch<T>(mixture_density_scratch(plan.mixtures)));
  });
  return nats;
}

class MixtureDensity : public torch::autograd::Function<MixtureDensity> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given, const at::Tensor& points,
                            bool differentiated) {
    const at::Tensor raw = given.contiguous(), row_points = points.contiguous();
    const at::Tensor d_raw = differentiated ? at::empty_like(raw) : at::Tensor();
    const at::Tensor nats = raw.scalar_type() == at::kFloat ? run<float>(raw, row_points, d_raw)
                                                            : run<double>(raw, row_points, d_raw);
    if (differentiated) context->save_for_backward({d_raw});
    return nats;
  }

  static variable_list backward(AutogradContext* context, const variable_list& given) {
    if (at::GradMode::is_enabled())
      throw Error("fused_mixture_nats: a second derivative was asked for, the fused operation has only the first; "
                  "expected Path::composite");
    return {context->get_saved_variables()[0] * given[0].unsqueeze(1), {}, {}};
  }
};

}  // namespace

std::string fused_mixture_obstacles(const at::Tensor& raw, const at::Tensor& points) {
  std::string reasons;
  const auto reason = [&](const std::string& text) { reasons += (reasons.empty() ? "" : "\n") + text; };
  if (!raw.device().is_cpu()) reason("raw is on " + raw.device().str() + ", the kernel runs on the cpu");
  if (raw.scalar_type() != at::kFloat && raw.scalar_type() != at::kDouble)
    reason("raw is " + dtype_text(raw.scalar_type()) + ", the kernel takes float32 and float64");
  if (raw.dim() != 2) reason("raw is " + shape_text(raw) + ", the kernel takes [rows, 1 + 6 · mixtures]");
  if (points.requires_grad()) reason("points ask for a derivative, the kernel has that in raw alone");
  return reasons;
}

at::Tensor fused_mixture_nats(const at::Tensor& raw, const at::Tensor& points) {
  const std::string obstacles = fused_mixture_obstacles(raw, points);
  if (!obstacles.empty()) throw Error("fused_mixture_nats: cannot run:\n" + obstacles);
  return MixtureDensity::apply(raw, points, raw.requires_grad() && at::GradMode::is_enabled());
}

}  // namespace mneme
