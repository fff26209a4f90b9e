#include "mneme/training/flat_parameters.h"

#include <bit>

#include "mneme/core/error.h"

namespace mneme {
namespace {

constexpr int64_t kAlignment = 16;  // elements: a cache line of float32

/// A number is not finite exactly when all bits of its exponent are set; on integers the compiler
/// vectorises this, which it may not do with a sum of floating-point numbers.
template <class Number, class Word>
bool all_finite(const Number* numbers, int64_t count, Word exponent) {
  Word bad = 0;
  for (int64_t i = 0; i < count; ++i) {
    const auto word = std::bit_cast<Word>(numbers[i]);
    bad |= static_cast<Word>((word & exponent) == exponent);
  }
  return bad == 0;
}

}  // namespace

bool all_finite(const at::Tensor& tensor) {
  if (tensor.scalar_type() == at::kDouble)
    return all_finite<double, uint64_t>(tensor.const_data_ptr<double>(), tensor.numel(), 0x7ff0000000000000u);
  return all_finite<float, uint32_t>(tensor.const_data_ptr<float>(), tensor.numel(), 0x7f800000u);
}

FlatParameters::FlatParameters(SequenceModel& model) {
  const auto parameters = model.named_parameters();
  if (parameters.is_empty()) throw Error("FlatParameters: " + model.model_name() + " has no parameters");
  const auto dtype = parameters.front().value().scalar_type();
  int64_t elements = 0;
  for (const auto& parameter : parameters) {
    const at::Tensor& value = parameter.value();
    if (value.scalar_type() != dtype || !value.device().is_cpu() ||
        (dtype != at::kFloat && dtype != at::kDouble))
      throw Error("FlatParameters: " + parameter.key() + " is " + std::string(value.toString()) +
                  ", expected float32 or float64 on the CPU like " + parameters.front().key());
    slices_.push_back({parameter.key(), elements, value.numel(), value.sizes().vec()});
    elements += (value.numel() + kAlignment - 1) / kAlignment * kAlignment;
  }
  values_ = at::zeros({elements}, dtype);
  gradients_ = at::zeros({elements}, dtype);

  const at::NoGradGuard no_grad;
  const auto values = named(values_);
  const auto gradients = named(gradients_);
  for (size_t i = 0; i < slices_.size(); ++i) {
    at::Tensor parameter = parameters[i].value();
    values[i].second.copy_(parameter);
    parameter.set_data(values[i].second);
    parameter.mutable_grad() = gradients[i].second;
  }
}

std::vector<std::pair<std::string, at::Tensor>> FlatParameters::named(const at::Tensor& buffer) const {
  std::vector<std::pair<std::string, at::Tensor>> views;
  for (const auto& slice : slices_)
    views.emplace_back(slice.name, buffer.narrow(0, slice.start, slice.elements).view(slice.shape));
  return views;
}

int64_t FlatParameters::count() const {
  int64_t count = 0;
  for (const Slice& slice : slices_) count += slice.elements;
  return count;
}

std::vector<ElementRange> FlatParameters::matrices() const {
  std::vector<ElementRange> ranges;
  for (const auto& slice : slices_)
    if (slice.shape.size() >= 2) ranges.push_back({slice.start, slice.elements});
  return ranges;
}

std::optional<std::string> FlatParameters::not_finite(const at::Tensor& buffer) const {
  if (all_finite(buffer)) return std::nullopt;
  for (const auto& slice : slices_)
    if (!all_finite(buffer.narrow(0, slice.start, slice.elements))) return slice.name;
  return std::nullopt;
}

}  // namespace mneme
