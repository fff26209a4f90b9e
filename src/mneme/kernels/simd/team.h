// Threads that share the steps of one group of sequences, for kernel files only. Every member runs the same
// code; what they divide is divided by its place, so that the numbers do not depend on how many they are.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#else
#include <sched.h>
#endif

namespace mneme {
namespace {

/// What a member spins before it sleeps: some 50 µs, longer than one step's work of another takes. When the other
/// has lost its processor to another program, the sleeper's is the one that it can go on with.
constexpr int64_t kSpins = 4096;

class Team {
 public:
  /// `barrier` points to three zeros that the members share.
  Team(int64_t rank, int64_t size, int32_t* barrier) : rank_(rank), size_(size), barrier_(barrier) {}

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
    int32_t *arrived = barrier_, *round = barrier_ + 1, *sleepers = barrier_ + 2;
    const int32_t now = __atomic_load_n(round, __ATOMIC_RELAXED);
    if (__atomic_add_fetch(arrived, 1, __ATOMIC_ACQ_REL) == size_) {
      __atomic_store_n(arrived, 0, __ATOMIC_RELAXED);
      __atomic_store_n(round, now + 1, __ATOMIC_SEQ_CST);
      if (__atomic_load_n(sleepers, __ATOMIC_SEQ_CST) > 0) wake(round);
      return;
    }
    for (int64_t spins = 0; __atomic_load_n(round, __ATOMIC_ACQUIRE) == now; ++spins) {
#if defined(__x86_64__)
      _mm_pause();
#endif
      if (spins < kSpins) continue;
      __atomic_add_fetch(sleepers, 1, __ATOMIC_SEQ_CST);
      sleep(round, now);  // at once back when the round is another already
      __atomic_sub_fetch(sleepers, 1, __ATOMIC_SEQ_CST);
    }
  }

 private:
#if defined(__linux__)
  static void sleep(int32_t* round, int32_t now) { syscall(SYS_futex, round, FUTEX_WAIT_PRIVATE, now, nullptr); }
  static void wake(int32_t* round) { syscall(SYS_futex, round, FUTEX_WAKE_PRIVATE, INT32_MAX); }
#else
  static void sleep(int32_t*, int32_t) { sched_yield(); }
  static void wake(int32_t*) {}
#endif

  int64_t rank_, size_;
  int32_t* barrier_;  // 32 bits is what the system can wait for
};

}  // namespace
}  // namespace mneme
