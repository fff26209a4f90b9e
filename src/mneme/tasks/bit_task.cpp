#include "mneme/tasks/bit_task.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "mneme/core/shape.h"

namespace mneme {

Score BitTask::score(const Batch& batch, const at::Tensor& logits) const {
  ShapeCheck("score")
      .expect("targets", batch.targets, "batch time outputs")
      .expect("logits", logits, "batch time outputs");
  const at::Tensor answers = logits.detach().to(at::kCPU, at::kFloat).contiguous();
  const float* logit = answers.data_ptr<float>();
  const float* target = batch.targets.data_ptr<float>();
  const bool* due = batch.mask.data_ptr<bool>();
  const int64_t steps = batch.mask.numel();
  const int64_t outputs = batch.targets.size(2);

  double nats = 0;
  int64_t wrong = 0, bits = 0;
  for (int64_t step = 0; step < steps; ++step) {
    if (!due[step]) continue;
    for (int64_t output = step * outputs; output < (step + 1) * outputs; ++output) {
      const float z = logit[output];
      // -log p(target) = softplus(z) - z target, without overflow
      nats += std::max(z, 0.0f) + std::log1p(std::exp(-std::abs(z))) - z * target[output];
      wrong += (z > 0) != (target[output] > 0.5f);
    }
    bits += outputs;
  }
  Score score;
  score.figures["bits_per_sequence"] = {nats / std::log(2.0), static_cast<double>(batch.targets.size(0))};
  score.figures["wrong_bits_percent"] = {100.0 * static_cast<double>(wrong), static_cast<double>(bits)};
  return score;
}

}  // namespace mneme
