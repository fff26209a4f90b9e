// Shape checks whose errors say which argument came with which shape, and which argument fixed the sizes.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <string_view>

namespace mneme {

/// "[8, 128, 20]"
std::string shape_text(const at::Tensor& tensor);

/// "float32", "int64", "bool", …
std::string dtype_text(c10::ScalarType dtype);

/// Checks the arguments of one operation. A named size is bound by the first argument that has it and
/// must agree in every later one; a number must match exactly.
///
///     ShapeCheck("content_weights")
///         .expect("memory", memory, "batch slots width")
///         .expect("keys", keys, "batch heads width");
///
/// throws Error: `content_weights: keys is [8, 2, 24], expected [batch=8, heads, width=20]; sizes fixed
/// by memory [8, 128, 20]`. Undefined tensors and a floating dtype other than that of the first floating
/// argument are errors of the same form: `content_weights: keys is float64, expected float32; dtype fixed
/// by memory`.
class ShapeCheck {
 public:
  explicit ShapeCheck(std::string_view operation) : operation_(operation) {}

  ShapeCheck& expect(std::string_view name, const at::Tensor& tensor, std::string_view dimensions);

  /// Binds a size that no tensor brings (an option, say), named as in "heads=4 (NtmOptions.read_heads)".
  ShapeCheck& bind(std::string_view dimension, int64_t size, std::string_view origin);

  /// The bound size of a dimension. Throws Error when no argument has brought it.
  int64_t size(std::string_view dimension) const;

 private:
  struct Bound {
    int64_t size;
    std::string origin;  // "memory [8, 128, 20]"
  };
  std::string operation_;
  std::map<std::string, Bound, std::less<>> bound_;
  std::string first_floating_;  // name of the argument that fixed the dtype
  c10::ScalarType dtype_ = c10::ScalarType::Undefined;
};

}  // namespace mneme
