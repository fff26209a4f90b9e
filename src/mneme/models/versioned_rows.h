// Rows that are replaced a few at a time, of which every version that a gradient needs is kept, and no more.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace mneme {

/// A table from keys to rows, like one big tensor [keys, …] that is written in place; but a write neither copies
/// the rest nor spoils what was read before, so that gradients (of any order) flow through it at a cost that
/// depends on the rows written and read alone.
class VersionedRows {
 public:
  /// zero [1, …] is what a key holds before it is put.
  explicit VersionedRows(const at::Tensor& zero) : zero_(zero) {}

  /// The present rows of `keys`: [keys, …].
  at::Tensor gather(const std::vector<int64_t>& keys) const;

  /// Replaces the rows of `keys`, each named once, by rows [keys, …].
  void put(const std::vector<int64_t>& keys, const at::Tensor& rows);

  /// Back to zero.
  void drop(int64_t key);

 private:
  struct Place {
    size_t version;
    int64_t row;
  };
  struct Version {
    at::Tensor rows;  ///< undefined once all its rows are replaced
    int64_t in_use;
  };
  void release(const Place& place);

  at::Tensor zero_;
  std::vector<Version> versions_;
  std::unordered_map<int64_t, Place> places_;
};

}  // namespace mneme
