// Weightings over few of many slots.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace mneme {

/// A weighting that is zero at all slots but these.
struct SparseWeights {
  std::vector<int64_t> slots;
  at::Tensor values;  ///< [slots.size()]
};

/// The `count` largest of the weights, in the order in which they stood; of equals those that stand first.
SparseWeights largest_weights(const SparseWeights& weights, int64_t count);

/// Slots that several weightings have between them, each with a place of its own.
class SlotUnion {
 public:
  int64_t add(int64_t slot);  ///< its place
  void add(const std::vector<int64_t>& slots);
  int64_t place(int64_t slot) const { return places_.at(slot); }
  bool contains(int64_t slot) const { return places_.contains(slot); }
  const std::vector<int64_t>& slots() const { return slots_; }
  int64_t size() const { return static_cast<int64_t>(slots_.size()); }

  /// The weights at the union's places, `elsewhere` at places where they have none: [size].
  at::Tensor embed(const SparseWeights& weights, double elsewhere = 0) const;

 private:
  std::vector<int64_t> slots_;
  std::unordered_map<int64_t, int64_t> places_;
};

}  // namespace mneme
