// Fills the tensors of a batch of bit sequences through raw pointers: generators make thousands of
// sequences a second, so no element goes through a tensor operation.
#pragma once

#include <ATen/core/Tensor.h>

#include "mneme/core/random.h"
#include "mneme/tasks/task.h"

namespace mneme {

class BatchWriter {
 public:
  /// All sequences start as `time` steps of zeros with no answer due.
  BatchWriter(int64_t batch_size, int64_t time, int64_t features, int64_t outputs);

  /// The `features` inputs of one step.
  float* input(int64_t sequence, int64_t step) { return inputs_ + (sequence * time_ + step) * features_; }

  /// Marks an answer as due at this step and gives its `outputs` targets.
  float* due(int64_t sequence, int64_t step) {
    mask_[sequence * time_ + step] = true;
    return targets_ + (sequence * time_ + step) * outputs_;
  }

  void set_length(int64_t sequence, int64_t steps) { lengths_[sequence] = steps; }

  const Batch& batch() const { return batch_; }

 private:
  int64_t time_, features_, outputs_;
  Batch batch_;
  float *inputs_, *targets_;
  bool* mask_;
  int64_t* lengths_;
};

/// Fair bits as 0 and 1, 64 from one draw.
class FairBits {
 public:
  explicit FairBits(Random& random) : random_(random) {}

  float next() {
    if (left_ == 0) {
      word_ = random_();
      left_ = 64;
    }
    const auto bit = static_cast<float>(word_ & 1);
    word_ >>= 1;
    --left_;
    return bit;
  }

 private:
  Random& random_;
  uint64_t word_ = 0;
  int left_ = 0;
};

}  // namespace mneme
