#include "bench/peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "mneme/kernels/instruction_set.h"

namespace mneme {
namespace {

// A multiply-add takes about 4 cycles and two begin in each: 8 independent sums keep the units busy, 12
// leave room, and 16 registers hold them even without AVX-512.
constexpr int kSums = 12;
constexpr int kRepeats = 7;
constexpr double kSecondsOfARepeat = 0.05;

struct Loop {
  float (*run)(int64_t rounds);
  double flops_per_round;
};

#if defined(__x86_64__)
__attribute__((target("avx512f"))) float avx512_loop(int64_t rounds) {
  __m512 sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = _mm512_set1_ps(static_cast<float>(i));
  const __m512 factor = _mm512_set1_ps(0.999f), term = _mm512_set1_ps(0.001f);
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) sums[i] = _mm512_fmadd_ps(sums[i], factor, term);
  }
  __m512 total = sums[0];
  for (int i = 1; i < kSums; ++i) total = _mm512_add_ps(total, sums[i]);
  return _mm512_cvtss_f32(total);
}

__attribute__((target("avx2,fma"))) float avx2_loop(int64_t rounds) {
  __m256 sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = _mm256_set1_ps(static_cast<float>(i));
  const __m256 factor = _mm256_set1_ps(0.999f), term = _mm256_set1_ps(0.001f);
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) sums[i] = _mm256_fmadd_ps(sums[i], factor, term);
  }
  __m256 total = sums[0];
  for (int i = 1; i < kSums; ++i) total = _mm256_add_ps(total, sums[i]);
  return _mm256_cvtss_f32(total);
}
#endif

// Four lanes, the width that every 64-bit processor has; the compiler writes multiply and add.
using Four = float __attribute__((vector_size(16)));

float plain_loop(int64_t rounds) {
  Four sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = Four{} + static_cast<float>(i);
  const Four factor = Four{} + 0.999f, term = Four{} + 0.001f;
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) sums[i] = sums[i] * factor + term;
  }
  Four total = sums[0];
  for (int i = 1; i < kSums; ++i) total += sums[i];
  return total[0];
}

Loop loop_of(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::avx512) return {avx512_loop, 2.0 * 16 * kSums};
  if (set == InstructionSet::avx2) return {avx2_loop, 2.0 * 8 * kSums};
#endif
  (void)set;
  return {plain_loop, 2.0 * 4 * kSums};
}

double seconds_of(const Loop& loop, int64_t rounds, int64_t threads) {
  std::vector<std::thread> team;
  std::atomic<int64_t> ready{0};
  std::vector<double> seconds(static_cast<size_t>(threads));
  for (int64_t thread = 0; thread < threads; ++thread)
    team.emplace_back([&, thread] {
      ++ready;
      while (ready < threads) std::this_thread::yield();
      const auto start = std::chrono::steady_clock::now();
      volatile float sink = loop.run(rounds);
      (void)sink;
      seconds[static_cast<size_t>(thread)] =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    });
  for (std::thread& member : team) member.join();
  return *std::max_element(seconds.begin(), seconds.end());
}

}  // namespace

double measured_peak_gflops(int64_t threads) {
  const Loop loop = loop_of(instruction_set());
  constexpr int64_t kFirstRounds = 1 << 20;
  seconds_of(loop, kFirstRounds, threads);  // wakes the cores' wide units
  const double first = seconds_of(loop, kFirstRounds, threads);
  const auto rounds = static_cast<int64_t>(kFirstRounds * std::max(1.0, kSecondsOfARepeat / first));
  double best = 0;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const double flops = loop.flops_per_round * static_cast<double>(rounds * threads);
    best = std::max(best, flops / seconds_of(loop, rounds, threads) / 1e9);
  }
  return best;
}

}  // namespace mneme
