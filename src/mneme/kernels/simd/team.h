// Threads that share the steps of one group of sequences, for kernel files only. Every member runs the same
// code; what they divide is divided by its place, so that the numbers do not depend on how many they are.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <sched.h>

namespace mneme {
namespace {

class Team {
 public:
  /// `barrier` points to two zeros that the members share.
  Team(int64_t rank, int64_t size, int64_t* barrier) : rank_(rank), size_(size), barrier_(barrier) {}

  /// body(begin, end) for this member's share of [0, count), cut at multiples of `grain`. Nobody waits.
  template <class Body>
  void share(int64_t count, int64_t grain, Body&& body) {
    const int64_t grains = (count + grain - 1) / grain;
    const int64_t begin = grains * rank_ / size_ * grain;
    const int64_t end = grains * (rank_ + 1) / size_ * grain;
    if (begin < end) body(begin, end < count ? end : count);
  }

  /// body() by one member alone; then all wait.
  template <class Body>
  void alone(Body&& body) {
    if (rank_ == 0) body();
    wait();
  }

  void wait() {
    if (size_ == 1) return;
    int64_t *arrived = barrier_, *round = barrier_ + 1;
    const int64_t now = __atomic_load_n(round, __ATOMIC_RELAXED);
    if (__atomic_add_fetch(arrived, 1, __ATOMIC_ACQ_REL) == size_) {
      __atomic_store_n(arrived, 0, __ATOMIC_RELAXED);
      __atomic_store_n(round, now + 1, __ATOMIC_RELEASE);
      return;
    }
    for (int64_t spins = 0; __atomic_load_n(round, __ATOMIC_ACQUIRE) == now; ++spins) {
#if defined(__x86_64__)
      _mm_pause();
#endif
      if (spins > 256) sched_yield();  // another program has the processor of the one that is late
    }
  }

 private:
  int64_t rank_, size_;
  int64_t* barrier_;
};

}  // namespace
}  // namespace mneme
