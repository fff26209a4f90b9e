#include "mneme/core/shape.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <vector>

#include "mneme/core/error.h"

namespace mneme {
namespace {

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t start = text.find_first_not_of(' '); start != std::string_view::npos;) {
    const size_t end = std::min(text.find(' ', start), text.size());
    words.push_back(text.substr(start, end - start));
    start = text.find_first_not_of(' ', end);
  }
  return words;
}

/// The size that a dimension written as a number demands.
std::optional<int64_t> number(std::string_view dimension) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(dimension.data(), dimension.data() + dimension.size(), value);
  if (error != std::errc() || end != dimension.data() + dimension.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string shape_text(const at::Tensor& tensor) {
  if (!tensor.defined()) return "undefined";
  std::string text = "[";
  for (const int64_t size : tensor.sizes()) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(size);
  }
  return text + "]";
}

std::string dtype_text(c10::ScalarType dtype) {
  switch (dtype) {
    case c10::ScalarType::Double:
      return "float64";
    case c10::ScalarType::Float:
      return "float32";
    case c10::ScalarType::Half:
      return "float16";
    case c10::ScalarType::BFloat16:
      return "bfloat16";
    case c10::ScalarType::Long:
      return "int64";
    case c10::ScalarType::Int:
      return "int32";
    case c10::ScalarType::Short:
      return "int16";
    case c10::ScalarType::Char:
      return "int8";
    case c10::ScalarType::Byte:
      return "uint8";
    case c10::ScalarType::Bool:
      return "bool";
    default:
      return c10::toString(dtype);
  }
}

ShapeCheck& ShapeCheck::expect(std::string_view name, const at::Tensor& tensor, std::string_view dimensions) {
  const auto words = split_words(dimensions);
  bool fits = tensor.defined() && tensor.dim() == static_cast<int64_t>(words.size());
  std::map<std::string_view, int64_t> brought;  // sizes that this argument would bind
  for (size_t axis = 0; fits && axis < words.size(); ++axis) {
    const int64_t size = tensor.size(static_cast<int64_t>(axis));
    if (const auto demanded = number(words[axis])) {
      fits = size == *demanded;
    } else if (const auto found = bound_.find(words[axis]); found != bound_.end()) {
      fits = size == found->second.size;
    } else {
      fits = brought.emplace(words[axis], size).first->second == size;
    }
  }
  if (!fits) {
    std::string expected, origins;
    std::set<std::string> named;
    for (const auto word : words) {
      expected.append(expected.empty() ? "" : ", ").append(word);
      const auto found = bound_.find(word);
      if (found == bound_.end()) continue;
      expected.append("=").append(std::to_string(found->second.size));
      const std::string& origin = found->second.origin;
      if (named.insert(origin).second)
        origins.append(origins.empty() ? "; sizes fixed by " : " and ").append(origin);
    }
    throw Error(operation_ + ": " + std::string(name) + " is " + shape_text(tensor) + ", expected [" +
                expected + "]" + origins);
  }
  if (tensor.is_floating_point()) {
    if (first_floating_.empty()) {
      first_floating_ = name;
      dtype_ = tensor.scalar_type();
    } else if (tensor.scalar_type() != dtype_) {
      throw Error(operation_ + ": " + std::string(name) + " is " + dtype_text(tensor.scalar_type()) +
                  ", expected " + dtype_text(dtype_) + "; dtype fixed by " + first_floating_);
    }
  }
  if (!brought.empty()) {
    const std::string origin = std::string(name) + " " + shape_text(tensor);
    for (const auto& [dimension, size] : brought) bound_.emplace(dimension, Bound{size, origin});
  }
  return *this;
}

ShapeCheck& ShapeCheck::bind(std::string_view dimension, int64_t size, std::string_view origin) {
  const std::string text =
      std::string(dimension) + "=" + std::to_string(size) + " (" + std::string(origin) + ")";
  const auto [found, fresh] = bound_.emplace(dimension, Bound{size, text});
  if (!fresh && found->second.size != size)
    throw Error(operation_ + ": " + text + ", expected " + std::string(dimension) + "=" +
                std::to_string(found->second.size) + "; sizes fixed by " + found->second.origin);
  return *this;
}

int64_t ShapeCheck::size(std::string_view dimension) const {
  const auto found = bound_.find(dimension);
  if (found == bound_.end())
    throw Error(operation_ + ": no argument has a dimension called " + std::string(dimension));
  return found->second.size;
}

}  // namespace mneme
