// The temporal links of a memory with many slots, of which only the strongest are kept.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "mneme/models/sparse_weights.h"
#include "mneme/models/versioned_rows.h"

namespace mneme {

/// L of mechanisms/temporal_link.h with at most `largest` entries in each row and each column: the largest. A step
/// touches the rows and columns of the slots that it writes to, and no others: they alone change.
class SparseLink {
 public:
  SparseLink(int64_t slots, int64_t largest, const at::TensorOptions& options);

  /// L_t from L_{t-1}, the write weighting w_t and the precedence p_{t-1}.
  void update(const SparseWeights& write_weights, const SparseWeights& precedence);

  /// What stands right before (backward: after, in time) or after given slots, entry by entry.
  struct Entries {
    std::vector<int64_t> from;  ///< place in `slots`
    std::vector<int64_t> to;    ///< slot
    at::Tensor values;          ///< [entries]
  };
  Entries after(const std::vector<int64_t>& slots) const;   ///< L[to, from]: for the forward weighting
  Entries before(const std::vector<int64_t>& slots) const;  ///< L[from, to]: for the backward weighting

 private:
  using Neighbours = std::unordered_map<int64_t, std::set<int64_t>>;
  int64_t key(int64_t row, int64_t column) const { return row * slots_ + column; }
  Entries entries(const Neighbours& neighbours, const std::vector<int64_t>& slots, bool by_column) const;
  /// Keeps the largest entries of a row, or of a column.
  void trim(int64_t line, bool is_row);

  int64_t slots_, largest_;
  VersionedRows values_;                       // by key
  std::unordered_map<int64_t, double> sizes_;  // the same without gradient, to compare by
  Neighbours rows_, columns_;                  // columns of a row, rows of a column
};

}  // namespace mneme
