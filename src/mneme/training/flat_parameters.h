// All parameters of a model in one buffer, and all gradients in another: clipping, checking and an
// optimiser's step are then one pass over memory instead of many small operations.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "mneme/models/sequence_model.h"

namespace mneme {

struct ElementRange {
  int64_t start, elements;
};

/// Moves the model's parameters (one floating dtype, on the CPU) into one buffer and gives each a gradient
/// in another, into which backward adds. The model's tensors stay usable as before.
class FlatParameters {
 public:
  explicit FlatParameters(SequenceModel& model);

  at::Tensor& values() { return values_; }        ///< [elements]; zeros between parameters, for alignment
  at::Tensor& gradients() { return gradients_; }  ///< [elements]
  int64_t count() const;  ///< of the parameters alone

  /// Where the parameters of two and more dimensions lie: weight decay is for them alone.
  std::vector<ElementRange> matrices() const;

  /// The parameter with a value (or gradient) that is not finite; nothing when all are.
  std::optional<std::string> value_not_finite() const { return not_finite(values_); }
  std::optional<std::string> gradient_not_finite() const { return not_finite(gradients_); }

  /// The parameters by name, as views of a buffer of this layout.
  std::vector<std::pair<std::string, at::Tensor>> named(const at::Tensor& buffer) const;

 private:
  struct Slice {
    std::string name;
    int64_t start, elements;
    std::vector<int64_t> shape;
  };
  std::optional<std::string> not_finite(const at::Tensor& buffer) const;

  std::vector<Slice> slices_;
  at::Tensor values_, gradients_;
};

/// Whether all elements of a contiguous float32 or float64 tensor on the CPU are finite.
bool all_finite(const at::Tensor& tensor);

}  // namespace mneme
