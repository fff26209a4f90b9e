// The files of a task that a trained model keeps (Task::files), such as its vocabulary: in the folder `task`
// of a run or zoo folder, with a checksum beside the parameters, so that a model is never read with another's
// vocabulary.
#pragma once

#include <filesystem>

#include "mneme/core/safetensors.h"
#include "mneme/tasks/task.h"

namespace mneme {

/// Those of a run or zoo folder; none when it has no folder `task`.
ModelFiles read_model_files(const std::filesystem::path& folder);

void write_model_files(const std::filesystem::path& folder, const ModelFiles& files);

/// Notes the checksum of each file in an archive of parameters.
void note_model_files(Archive& archive, const ModelFiles& files);

/// Throws Error when a file is not the one that was noted; `parameters` names the archive and `folder` that
/// of the files: `zoo/a/task/vocabulary.model does not belong to zoo/a/model.safetensors: its checksum is …,
/// expected …`.
void require_model_files(const Archive& archive, const std::filesystem::path& parameters,
                         const ModelFiles& files, const std::filesystem::path& folder);

}  // namespace mneme
