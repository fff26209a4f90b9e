#include "mneme/mechanisms/position_encoding.h"

#include <ATen/ATen.h>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {
namespace {

/// k/d: [width]
at::Tensor element_places(int64_t width, const at::TensorOptions& options) {
  return at::arange(1, width + 1, options) / static_cast<double>(width);
}

}  // namespace

at::Tensor position_encoding(int64_t words, int64_t width, at::ScalarType dtype) {
  const auto place = at::arange(1, words + 1, dtype).unsqueeze(1) / static_cast<double>(words);  // j/J
  return (1 - place) - element_places(width, dtype) * (1 - 2 * place);
}

at::Tensor encoded_sentences(const at::Tensor& sentences, const at::Tensor& embeddings) {
  ShapeCheck check("encoded_sentences");
  check.expect("sentences", sentences, "batch time words").expect("embeddings", embeddings, "sets tokens width");
  if (sentences.scalar_type() != at::kLong)
    throw Error("encoded_sentences: sentences is " + dtype_text(sentences.scalar_type()) +
                ", expected int64: numbers of words");
  const int64_t words = check.size("words"), tokens = check.size("tokens"), width = check.size("width");
  if (sentences.numel() > 0) {
    const auto [least, most] = at::aminmax(sentences);
    if (least.item<int64_t>() < 0 || most.item<int64_t>() >= tokens)
      throw Error("encoded_sentences: a word's number is " +
                  std::to_string(least.item<int64_t>() < 0 ? least.item<int64_t>() : most.item<int64_t>()) +
                  ", expected 0.." + std::to_string(tokens - 1) + "; tokens fixed by embeddings " +
                  shape_text(embeddings));
  }
  const auto rows = sentences.reshape({-1, words});                         // [rows, words], rows = batch · time
  const auto present = rows.gt(0).to(embeddings.options());                 // [rows, words]
  const auto lengths = present.sum(1, /*keepdim=*/true).clamp_min(1);       // J
  const auto place = at::arange(1, words + 1, embeddings.options()) / lengths;  // j/J: [rows, words]
  const auto bag = [&](const at::Tensor& weights) {                         // [rows, tokens]
    return at::zeros({rows.size(0), tokens}, embeddings.options()).scatter_add(1, rows, weights * present);
  };
  const auto table = embeddings.permute({1, 0, 2}).reshape({tokens, -1});   // [tokens, sets · width]
  const auto shape = std::vector<int64_t>{sentences.size(0), sentences.size(1), check.size("sets"), width};
  const auto constant = bag(1 - place).matmul(table).view(shape);
  const auto rising = bag(1 - 2 * place).matmul(table).view(shape);
  return constant - element_places(width, embeddings.options()) * rising;
}

}  // namespace mneme
