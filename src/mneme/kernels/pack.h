// Weights as the small matrix products of a time step want them (kernels/simd/panel_gemm.h).
#pragma once

#include <cstdint>

namespace mneme {

#define MNEME_DECLARE_PACK(instruction_set)                                                                    \
  namespace instruction_set {                                                                                  \
  /* `from`, seen as [depth, columns] through its strides → one run a vector of columns. */                    \
  template <class T>                                                                                           \
  void pack_weight(const T* from, int64_t depth, int64_t columns, int64_t depth_stride, int64_t column_stride, \
                   T* to);                                                                                     \
  }
MNEME_DECLARE_PACK(DEFAULT)
#if defined(__x86_64__)
MNEME_DECLARE_PACK(AVX2)
MNEME_DECLARE_PACK(AVX512)
#endif
#undef MNEME_DECLARE_PACK

}  // namespace mneme
