// What the fused mixture density hands to its kernel.
#pragma once

#include <cstdint>

#include "mneme/kernels/padded.h"

namespace mneme {

template <class T>
struct MixtureDensityPlan {
  int64_t mixtures;
  const T* raw;     // [rows, 1 + 6 · mixtures]
  const T* points;  // [rows, 3]
  T* nats;          // [rows]
  T* d_raw;         // [rows, 1 + 6 · mixtures] or null
};

#define MNEME_DECLARE_MIXTURE_DENSITY(instruction_set)                                              \
  namespace instruction_set {                                                                       \
  /* The rows [first, first + count). `scratch` has room for mixture_density_scratch elements. */   \
  template <class T>                                                                                \
  void mixture_density(const MixtureDensityPlan<T>& plan, int64_t first, int64_t count, T* scratch); \
  }
MNEME_DECLARE_MIXTURE_DENSITY(DEFAULT)
#if defined(__x86_64__)
MNEME_DECLARE_MIXTURE_DENSITY(AVX2)
MNEME_DECLARE_MIXTURE_DENSITY(AVX512)
#endif
#undef MNEME_DECLARE_MIXTURE_DENSITY

inline int64_t mixture_density_scratch(int64_t mixtures) { return 2 * padded(mixtures); }

}  // namespace mneme
