// What an output listened to: its derivatives with respect to every input of the sequence. Attention that a
// network has without a mechanism for it.
#pragma once

#include <vector>

#include "mneme/models/sequence_model.h"

namespace mneme {

/// One number that a model puts out: unit `output` of the logits at a step.
struct OutputPlace {
  int64_t step, output;
};

/// J[k, t, f] = ∂ logit of outputs[k] / ∂ input f at step t: [outputs, time, features], exact, in the dtype
/// of the inputs. `given` is one sequence of real numbers, [1, time, features] or shorter by its length. It
/// is repeated over a batch, at most `batch` times at once, so that several outputs take one backward pass.
/// Throws Error for more than one sequence, inputs that are numbers of tokens, and an output or step that is
/// not there.
at::Tensor jacobian(SequenceModel& model, const Sequences& given, const std::vector<OutputPlace>& outputs,
                    int64_t batch = 64);

/// The sequential Jacobian as one number an input step (Graves 2012, section 4.4): the length of the
/// derivative by all inputs of a step. [outputs, time] from [outputs, time, features].
at::Tensor sensitivity(const at::Tensor& jacobian);

}  // namespace mneme
