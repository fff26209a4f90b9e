#include "mneme/mechanisms/episode.h"

#include <ATen/ATen.h>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {

at::Tensor fact_comparisons(const at::Tensor& facts, const at::Tensor& question, const at::Tensor& memory) {
  ShapeCheck("fact_comparisons")
      .expect("facts", facts, "batch facts width")
      .expect("question", question, "batch width")
      .expect("memory", memory, "batch width");
  const auto q = question.unsqueeze(1), m = memory.unsqueeze(1);  // [batch, 1, width]
  return at::cat({facts * q, facts * m, (facts - q).abs(), (facts - m).abs()}, 2);
}

at::Tensor attention_gru(const at::Tensor& projected, const at::Tensor& gates, const at::Tensor& recurrent) {
  ShapeCheck check("attention_gru");
  check.expect("recurrent", recurrent, "double width")
      .expect("projected", projected, "batch facts double")
      .expect("gates", gates, "batch facts");
  const int64_t width = check.size("width");
  if (check.size("double") != 2 * width)
    throw Error("attention_gru: recurrent is " + shape_text(recurrent) + ", expected [2 · width, width]");

  const auto inputs = projected.unbind(1);           // each [batch, 2 · width]
  const auto shares = gates.unsqueeze(2).unbind(1);  // each [batch, 1]
  const auto transposed = recurrent.t();
  auto hidden = at::zeros({projected.size(0), width}, projected.options());  // h
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto back = hidden.matmul(transposed);  // U h
    const auto reset = at::sigmoid(inputs[i].narrow(1, 0, width) + back.narrow(1, 0, width));
    const auto candidate = at::tanh(at::addcmul(inputs[i].narrow(1, width, width), reset, back.narrow(1, width, width)));
    hidden = hidden + shares[i] * (candidate - hidden);
  }
  return hidden;
}

}  // namespace mneme
