#include "mneme/training/model_archive.h"

#include <torch/torch.h>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {

void store_tensors(Archive& archive, const std::string& prefix, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors)
    archive.tensors[prefix + name] = tensor.detach().contiguous().clone();
}

void load_tensors(const Archive& archive, const std::string& prefix, const NamedTensors& tensors) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : tensors) {
    const auto found = archive.tensors.find(prefix + name);
    if (found == archive.tensors.end()) throw Error(prefix + name + " is not in the file");
    const at::Tensor& stored = found->second;
    if (stored.sizes() != tensor.sizes())
      throw Error(prefix + name + " is " + shape_text(stored) + " in the file, expected " +
                  shape_text(tensor));
    const bool shortened = stored.scalar_type() == at::kHalf || stored.scalar_type() == at::kBFloat16;
    if (stored.scalar_type() != tensor.scalar_type() && !(shortened && tensor.is_floating_point()))
      throw Error(prefix + name + " is " + std::string(stored.toString()) + " in the file, expected " +
                  std::string(tensor.toString()));
    at::Tensor(tensor).copy_(stored);
  }
}

}  // namespace mneme
