#include "mneme/training/loss.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/mechanisms/mixture_density.h"

namespace mneme {

std::string loss_unit(TargetKind kind) {
  if (kind == TargetKind::pen || kind == TargetKind::labels) return "nats_per_sequence";
  return kind == TargetKind::bits ? "bits_per_sequence" : "nats_per_answer";
}

namespace {

/// The rows of [batch, time, …] where an answer is due, [answers, …]; a copy only where some are left out.
at::Tensor due_rows(const at::Tensor& mask, const at::Tensor& rows) {
  const at::Tensor due = mask.flatten().nonzero().squeeze(-1);
  const at::Tensor all = rows.flatten(0, 1);
  return due.numel() == all.size(0) ? all : all.index_select(0, due);
}

/// Σ weight · (log(1 + e^x) - x target), of logits x, as one node: the engine's own take a short sequence longer than
/// what they compute. Differentiable to any order.
class CrossEntropy : public torch::autograd::Function<CrossEntropy> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& logits,
                            const at::Tensor& targets, const at::Tensor& weight) {
    context->save_for_backward({logits, targets, weight});
    return at::binary_cross_entropy_with_logits(logits, targets, weight, {}, at::Reduction::Sum);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& d_total) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &logits = saved[0], &targets = saved[1], &weight = saved[2];
    return {(logits.sigmoid() - targets) * (weight * d_total[0]), {}, {}};
  }
};

at::Tensor labels_loss(const Batch& batch, const at::Tensor& logits) {
  ShapeCheck check("training_loss");
  check.expect("logits", logits, "batch time outputs")
      .expect("batch.targets", batch.targets, "batch labels")
      .expect("batch.lengths", batch.lengths, "batch")
      .expect("batch.target_lengths", batch.target_lengths, "batch");
  const at::Tensor losses =
      at::ctc_loss(logits.log_softmax(-1).transpose(0, 1), batch.targets, batch.lengths, batch.target_lengths,
                   /*blank=*/0, at::Reduction::None);  // [batch]
  const at::Tensor values = losses.detach().to(at::kCPU, at::kDouble);
  for (int64_t b = 0; b < values.size(0); ++b)
    if (std::isinf(values[b].item<double>()))
      throw Error("training_loss: batch.targets[" + std::to_string(b) + "] has " +
                  std::to_string(batch.target_lengths[b].item<int64_t>()) + " labels, more than the " +
                  std::to_string(batch.lengths[b].item<int64_t>()) + " steps of the sequence can say");
  return losses.mean();
}

at::Tensor answers_loss(TargetKind kind, const Batch& batch, const at::Tensor& logits, double label_smoothing) {
  if (kind == TargetKind::labels) return labels_loss(batch, logits);
  ShapeCheck check("training_loss");
  check.expect("logits", logits, "batch time outputs").expect("batch.mask", batch.mask, "batch time");
  if (kind == TargetKind::bits) {
    check.expect("batch.targets", batch.targets, "batch time outputs");
    const at::Tensor share =  // [batch, time, 1]
        batch.mask.unsqueeze(-1).to(logits.scalar_type()) / static_cast<double>(check.size("batch"));
    return CrossEntropy::apply(logits, batch.targets.to(logits.scalar_type()), share);
  }
  if (kind == TargetKind::pen) {
    check.expect("batch.targets", batch.targets, "batch time 3");
    const at::Tensor points = due_rows(batch.mask, batch.targets.to(logits.scalar_type()));
    return mixture_nats(due_rows(batch.mask, logits), points).sum() / static_cast<double>(check.size("batch"));
  }
  const bool digits = kind == TargetKind::digits;
  check.expect("batch.targets", batch.targets, digits ? "batch time groups" : "batch time");
  const int64_t groups = digits ? check.size("groups") : 1;
  if (check.size("outputs") % groups != 0)
    throw Error("training_loss: logits is " + shape_text(logits) +
                ", expected outputs to be a multiple of the " + std::to_string(groups) +
                " groups of batch.targets " + shape_text(batch.targets));
  const at::Tensor rows = due_rows(batch.mask, logits);  // [answers, outputs]
  const at::Tensor answers = rows.reshape({rows.size(0) * groups, check.size("outputs") / groups});
  const at::Tensor targets = due_rows(batch.mask, batch.targets).flatten();  // [answers · groups]
  const auto count = static_cast<double>(std::max<int64_t>(rows.size(0), 1));
  return at::cross_entropy_loss(answers, targets, {}, at::Reduction::Sum, /*ignore_index=*/-100, label_smoothing) /
         count;
}

}  // namespace

at::Tensor training_loss(TargetKind kind, const Batch& batch, const Prediction& prediction, double label_smoothing) {
  const at::Tensor loss = answers_loss(kind, batch, prediction.logits, label_smoothing);
  return prediction.cost.defined() ? loss + prediction.cost : loss;
}

double reported_loss(TargetKind kind, double training_loss) {
  return kind == TargetKind::bits ? training_loss / std::numbers::ln2 : training_loss;
}

}  // namespace mneme
