#include "mneme/mechanisms/temporal_link.h"

#include <ATen/ATen.h>

#include "mneme/core/shape.h"

namespace mneme {

at::Tensor write_precedence(const at::Tensor& previous_precedence, const at::Tensor& write_weights) {
  ShapeCheck("write_precedence")
      .expect("previous_precedence", previous_precedence, "batch slots")
      .expect("write_weights", write_weights, "batch slots");
  return (1 - write_weights.sum(1, /*keepdim=*/true)) * previous_precedence + write_weights;
}

at::Tensor update_link(const at::Tensor& previous_link, const at::Tensor& write_weights,
                       const at::Tensor& previous_precedence) {
  ShapeCheck("update_link")
      .expect("previous_link", previous_link, "batch slots slots")
      .expect("write_weights", write_weights, "batch slots")
      .expect("previous_precedence", previous_precedence, "batch slots");
  const auto rows = write_weights.unsqueeze(2), columns = write_weights.unsqueeze(1);
  const auto link = (1 - rows - columns) * previous_link + rows * previous_precedence.unsqueeze(1);
  link.diagonal(0, 1, 2).zero_();
  return link;
}

at::Tensor forward_weights(const at::Tensor& link, const at::Tensor& previous_read_weights) {
  ShapeCheck("forward_weights")
      .expect("link", link, "batch slots slots")
      .expect("previous_read_weights", previous_read_weights, "batch heads slots");
  return at::bmm(previous_read_weights, link.transpose(1, 2));
}

at::Tensor backward_weights(const at::Tensor& link, const at::Tensor& previous_read_weights) {
  ShapeCheck("backward_weights")
      .expect("link", link, "batch slots slots")
      .expect("previous_read_weights", previous_read_weights, "batch heads slots");
  return at::bmm(previous_read_weights, link);
}

at::Tensor sharpen_link_weights(const at::Tensor& weights, const at::Tensor& sharpnesses) {
  ShapeCheck("sharpen_link_weights")
      .expect("weights", weights, "batch heads slots")
      .expect("sharpnesses", sharpnesses, "batch heads");
  return at::softmax(sharpnesses.unsqueeze(-1) * (weights + kLinkFloor).log(), -1);
}

}  // namespace mneme
