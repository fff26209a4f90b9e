// What attention has seen so far, so that a step of generation computes only its own keys and values.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace mneme {

/// The keys and values of one attention layer. Grows by doubling; `select` picks and copies sequences, as
/// beam search does.
class KeyValueCache {
 public:
  KeyValueCache() = default;
  /// Holds these [batch, heads, steps, width].
  KeyValueCache(const at::Tensor& keys, const at::Tensor& values)
      : keys_(keys), values_(values), steps_(keys.size(2)) {}

  /// Steps held so far, of every sequence.
  int64_t steps() const { return steps_; }

  /// Adds [batch, heads, new steps, width] of both. Throws Error when they do not fit what is held.
  void append(const at::Tensor& keys, const at::Tensor& values);

  at::Tensor keys() const { return keys_.narrow(2, 0, steps_); }      ///< [batch, heads, steps, width]
  at::Tensor values() const { return values_.narrow(2, 0, steps_); }  ///< the same

  /// Goes on with the sequences of these numbers, int64 [any], in this order; one may occur several times.
  void select(const at::Tensor& sequences);

  /// Forgets what came after the first `steps`. Throws Error when there are fewer.
  void shorten(int64_t steps);

 private:
  at::Tensor keys_, values_;  // [batch, heads, capacity, width]
  int64_t steps_ = 0;
};

/// Of one block: its own past, and the context's keys and values, which are computed once.
struct BlockCache {
  KeyValueCache self, context;

  void select(const at::Tensor& sequences) {
    self.select(sequences);
    context.select(sequences);
  }
};

/// One for each block of a stack.
using StackCache = std::vector<BlockCache>;

}  // namespace mneme
