#include "mneme/tasks/batch_writer.h"

#include <ATen/ATen.h>

namespace mneme {

BatchWriter::BatchWriter(int64_t batch_size, int64_t time, int64_t features, int64_t outputs)
    : time_(time),
      features_(features),
      outputs_(outputs),
      batch_{{at::zeros({batch_size, time, features}), at::full({batch_size}, time, at::kLong), {}, {}},
             at::zeros({batch_size, time, outputs}),
             at::zeros({batch_size, time}, at::kBool)},
      inputs_(batch_.inputs.data_ptr<float>()),
      targets_(batch_.targets.data_ptr<float>()),
      mask_(batch_.mask.data_ptr<bool>()),
      lengths_(batch_.lengths.data_ptr<int64_t>()) {}

}  // namespace mneme
