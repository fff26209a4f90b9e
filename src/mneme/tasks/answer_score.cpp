#include "mneme/tasks/answer_score.h"

#include <ATen/ATen.h>

#include <cmath>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {
namespace {

/// Of every answer, due or not: is it wrong, and -ln of the probability of the right one. [batch, time, answers]
struct Answers {
  at::Tensor wrong, nats;
};

Answers bit_answers(const at::Tensor& logits, const at::Tensor& targets) {
  return {(logits > 0).logical_xor(targets > 0.5),
          at::binary_cross_entropy_with_logits(logits, targets, {}, {}, at::Reduction::None)};
}

/// targets: [batch, time, groups]
Answers class_answers(const at::Tensor& logits, const at::Tensor& targets) {
  const auto classes = logits.unflatten(2, {targets.size(2), -1});  // [batch, time, groups, classes]
  const auto right = classes.log_softmax(-1).gather(-1, targets.unsqueeze(-1)).squeeze(-1);
  return {classes.argmax(-1).ne(targets), -right};
}

}  // namespace

Score score_answers(TargetKind kind, const Batch& batch, const at::Tensor& logits) {
  ShapeCheck check("score");
  check.expect("mask", batch.mask, "batch time").expect("logits", logits, "batch time outputs");
  const at::Tensor given = logits.detach().to(at::kCPU, at::kFloat);
  const Answers answers =
      kind == TargetKind::bits
          ? bit_answers(given, batch.targets)
          : class_answers(given, kind == TargetKind::classes ? batch.targets.unsqueeze(-1) : batch.targets);
  const auto due = batch.mask.unsqueeze(-1).expand_as(answers.wrong);  // [batch, time, answers]
  const auto wrong = answers.wrong.logical_and(due);
  const auto count = [](const at::Tensor& flags) { return flags.sum().item<double>(); };
  Score score;
  score.figures["error_percent"] = {100 * count(wrong.flatten(1).any(1)), static_cast<double>(batch.mask.size(0))};
  score.figures["wrong_answers_percent"] = {100 * count(wrong), count(due)};
  score.figures["bits_per_answer"] = {answers.nats.masked_select(due).sum().item<double>() / std::log(2.0), count(due)};
  return score;
}

}  // namespace mneme
