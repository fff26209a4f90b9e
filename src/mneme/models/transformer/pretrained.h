// Published weights of language models: a folder with config.json and model.safetensors in the names of
// Hugging Face.
#pragma once

#include <filesystem>
#include <string>

#include "mneme/core/safetensors.h"
#include "mneme/models/gpt.h"

namespace mneme {

/// What a config.json says of a model of the kinds "gpt2" and "llama".
struct PretrainedShape {
  std::string kind;
  GptOptions options;
  int64_t tokens = 0;
};

/// Throws Error for text that is not JSON, a model of another kind, a missing or impossible size, or a
/// setting that this program does not have (rotary scaling, biases in attention): all that are found, a line
/// each.
PretrainedShape read_pretrained_shape(const std::filesystem::path& config);

/// The tensors of model.safetensors, or of its parts model-*.safetensors. Throws Error where there is none,
/// or a name is there twice.
Archive read_pretrained_archive(const std::filesystem::path& folder);

/// Copies the weights into a model of that shape, as float32. Throws Error that lists every tensor that is
/// missing, has another shape or is not known, and leaves the model as it was.
void copy_pretrained(const PretrainedShape& shape, const Archive& archive, GptImpl& model);

}  // namespace mneme
