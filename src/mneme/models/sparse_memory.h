// The memory of a Differentiable Neural Computer with many slots, of which each step touches few.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "mneme/mechanisms/dnc_interface.h"
#include "mneme/models/sparse_link.h"
#include "mneme/models/sparse_weights.h"
#include "mneme/models/versioned_rows.h"

namespace mneme {

struct SparseMemorySizes {
  int64_t slots = 65536;   ///< N
  int64_t width = 64;      ///< W
  int64_t read_heads = 4;  ///< R
  int64_t largest = 8;     ///< K
  bool links = true;
  bool clear_freed = false;
};

/// The memory of one sequence, from its start on: the DNC's equations (models/dnc.h) with at most K slots in every
/// weighting. Content weightings are the softmax over the K slots that are most alike; the allocation goes to the K
/// least used slots; write weightings, read weightings and the precedence keep their K largest weights as they are;
/// the links keep the K largest of each row and column. With K = N it is the dense memory.
///
/// A step costs what it touches, and what was written before: a slot that was never written is all zeros, so that
/// its likeness is known without looking. Neither time nor what a gradient keeps depends on N; the latter is linear
/// in the number of steps times K. At W = 64, R = 4, K = 8 and one sequence on one thread, forward and backward took
/// 3.5 ms a step at 1,024 slots and 3.9 ms at 65,536; the fused dense memory took 2.2 ms at 1,024 and 8.6 ms at 2,048.
///
/// Source: Rae et al. 2016 (arXiv:1610.09027), sparse access memory and its DNC.
/// How we differ: the links decay by both of their slots' writes, as the DNC's do, where Rae et al. drop one of the
/// two; the most alike slots are found by looking at all that were written, not by an approximate index.
/// Differentiable to any order, which slots are the largest apart; float32 and float64.
class SparseMemory {
 public:
  SparseMemory(const SparseMemorySizes& sizes, const at::TensorOptions& options);
  // A copy would share what is written in place.
  SparseMemory(const SparseMemory&) = delete;
  SparseMemory& operator=(const SparseMemory&) = delete;
  SparseMemory(SparseMemory&&) = default;
  SparseMemory& operator=(SparseMemory&&) = default;

  struct Step {
    SparseWeights allocation_weights, write_weights;
    std::vector<SparseWeights> read_weights;  ///< one a head
    at::Tensor reads;                         ///< [1, read_heads, width]
  };

  /// One step; every member of `said` [1, …].
  void step(const DncInterface& said);

  /// What happened in the last step.
  const Step& last() const { return step_; }
  at::Tensor usage() const;   ///< [slots], without gradient
  at::Tensor memory() const;  ///< [slots, width], without gradient

 private:
  void use(const DncInterface& said);
  void allocate();
  void write(const DncInterface& said);
  void read(const DncInterface& said);
  /// The read weightings along the links and by content, before all but the largest are dropped.
  std::vector<SparseWeights> mix(const DncInterface& said, const std::vector<SparseWeights>& found) const;

  /// For each of keys [heads, width] the weighting over the K slots most like it.
  std::vector<SparseWeights> find(const at::Tensor& keys, const at::Tensor& masks,
                                  const at::Tensor& strengths) const;
  /// Their slots, [heads * K] one head after the other.
  std::vector<int64_t> most_alike(const at::Tensor& keys, const at::Tensor& masks,
                                  const at::Tensor& strengths) const;
  void store(const std::vector<int64_t>& slots, const at::Tensor& rows);

  SparseMemorySizes sizes_;
  at::TensorOptions options_;
  VersionedRows rows_, usage_;  // by slot
  SparseLink link_;
  SparseWeights precedence_;
  SparseWeights retention_;  // ψ of this step, one elsewhere
  Step step_;

  // Without gradient, to choose slots by.
  at::Tensor stored_;                              // [room, width]: a row of zeros, then what was written
  std::vector<int64_t> stored_slots_;              // of the rows behind the first
  std::vector<int64_t> stored_place_;              // [slots]: the row of each; 0 for slots never written
  std::vector<double> used_;                       // [slots]: usage, -1 for slots that never had any
  std::set<std::pair<double, int64_t>> by_usage_;  // of those that had
};

}  // namespace mneme
