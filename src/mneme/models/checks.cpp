#include "mneme/models/checks.h"

#include <string>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {

void check_options(std::string_view origin, const std::vector<OptionInfo>& options) {
  for (const auto& option : options) checked_option(option, "model", {option.value, std::string(origin)});
}

void check_sequences(std::string_view operation, const at::Tensor& inputs, const at::Tensor& lengths,
                     int64_t features) {
  ShapeCheck check(operation);
  check.bind("features", features, "the model").expect("inputs", inputs, "batch time features");
  const auto name = std::string(operation);
  const auto time = inputs.size(1);
  if (time == 0) throw Error(name + ": inputs is " + shape_text(inputs) + ", expected at least one step");
  if (!lengths.defined()) return;
  check.expect("lengths", lengths, "batch");
  if (lengths.scalar_type() != at::kLong || !lengths.is_cpu())
    throw Error(name + ": lengths is " + dtype_text(lengths.scalar_type()) + " on " + lengths.device().str() +
                ", expected int64 on cpu");
  const auto length_of = lengths.accessor<int64_t, 1>();
  for (int64_t b = 0; b < lengths.size(0); ++b)
    if (length_of[b] < 1 || length_of[b] > time)
      throw Error(name + ": lengths[" + std::to_string(b) + "] is " + std::to_string(length_of[b]) +
                  ", expected 1.." + std::to_string(time) + "; time fixed by inputs " + shape_text(inputs));
}

}  // namespace mneme
