#include "mneme/kernels/sequence_lengths.h"

#include <ATen/ATen.h>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {

void check_sequence_lengths(const std::string& operation, const at::Tensor& lengths, int64_t time) {
  if (lengths.scalar_type() != at::kLong)
    throw Error(operation + ": lengths is " + dtype_text(lengths.scalar_type()) + ", expected int64");
  const at::Tensor contiguous = lengths.contiguous();
  const int64_t* values = contiguous.const_data_ptr<int64_t>();
  for (int64_t b = 0; b < contiguous.numel(); ++b)
    if (values[b] < 1 || values[b] > time)
      throw Error(operation + ": lengths[" + std::to_string(b) + "] is " + std::to_string(values[b]) +
                  ", expected 1 to time=" + std::to_string(time));
}

}  // namespace mneme
