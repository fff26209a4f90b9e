#include "mneme/kernels/pack.h"

#include "mneme/kernels/simd/panel_gemm.h"

namespace mneme::CPU_CAPABILITY {

template <class T>
void pack_weight(const T* from, int64_t depth, int64_t columns, int64_t depth_stride, int64_t column_stride, T* to) {
  pack_columns(from, depth, columns, depth_stride, column_stride, to);
}

template void pack_weight(const float*, int64_t, int64_t, int64_t, int64_t, float*);
template void pack_weight(const double*, int64_t, int64_t, int64_t, int64_t, double*);

}  // namespace mneme::CPU_CAPABILITY
