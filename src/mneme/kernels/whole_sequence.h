// What the operations over whole sequences share on the engine's side: the choice of the instruction set, their
// memory, packed weights, and the order in which sequences run. For the .cpp file of an operation only.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "mneme/kernels/instruction_set.h"
#include "mneme/kernels/pack.h"
#include "mneme/kernels/padded.h"
#include "mneme/kernels/reusable_memory.h"

namespace mneme {
namespace {

#if defined(__x86_64__)
#define MNEME_FASTEST(function, ...)                                              \
  (instruction_set() == InstructionSet::avx512 ? AVX512::function(__VA_ARGS__)    \
   : instruction_set() == InstructionSet::avx2 ? AVX2::function(__VA_ARGS__)      \
                                               : DEFAULT::function(__VA_ARGS__))
#else
#define MNEME_FASTEST(function, ...) DEFAULT::function(__VA_ARGS__)
#endif

template <class T>
T* data(const at::Tensor& tensor) {
  return tensor.defined() ? const_cast<T*>(tensor.const_data_ptr<T>()) : nullptr;
}

/// Cuts one block of memory into buffers.
template <class T>
class Carver {
 public:
  explicit Carver(T* base) : base_(base) {}
  void take(T*& place, int64_t size) {
    place = base_ ? base_ + used_ : nullptr;
    used_ += padded(size);
  }
  void take(const T*& place, int64_t size) {
    T* taken;
    take(taken, size);
    place = taken;
  }
  int64_t used() const { return used_; }

 private:
  T* base_;
  int64_t used_ = 0;
};

/// A weight as the kernels want it, in the next free part of a block.
template <class T>
const T* pack(Carver<T>& carver, const at::Tensor& weight, bool transposed) {
  const at::Tensor contiguous = weight.contiguous();
  const int64_t rows = weight.size(0), columns = weight.size(1);
  T* packed;
  carver.take(packed, transposed ? columns * padded(rows) : rows * padded(columns));
  if (transposed)
    MNEME_FASTEST(pack_weight<T>, data<T>(contiguous), columns, rows, 1, columns, packed);
  else
    MNEME_FASTEST(pack_weight<T>, data<T>(contiguous), rows, columns, columns, 1, packed);
  return packed;
}

inline int64_t packed_size(const at::Tensor& weight) {
  return padded(weight.size(0)) * padded(weight.size(1));
}

/// Memory of this thread for a kernel's intermediate values, kept between calls.
template <class T>
T* thread_scratch(int64_t size) {
  thread_local at::Tensor memory;
  if (!memory.defined() || memory.numel() < size * static_cast<int64_t>(sizeof(T)))
    memory = at::empty({size * static_cast<int64_t>(sizeof(T))}, at::kByte);
  return reinterpret_cast<T*>(memory.mutable_data_ptr());
}

/// Row 0: lengths; row 1: sequences by length, the longest first, so that those still running are a prefix.
inline at::Tensor schedule(int64_t batch, int64_t time, const at::Tensor& given) {
  at::Tensor both = at::empty({2, batch}, at::kLong);
  int64_t* lengths = data<int64_t>(both);
  int64_t* order = lengths + batch;
  if (given.defined()) {
    const at::Tensor contiguous = given.contiguous();
    std::copy_n(data<int64_t>(contiguous), batch, lengths);
  } else {
    std::fill_n(lengths, batch, time);
  }
  std::iota(order, order + batch, 0);
  std::stable_sort(order, order + batch, [&](int64_t a, int64_t b) { return lengths[a] > lengths[b]; });
  return both;
}

}  // namespace
}  // namespace mneme
