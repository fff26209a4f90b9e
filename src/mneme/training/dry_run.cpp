#include "mneme/training/loss.h"
#include "mneme/training/trainer.h"

namespace mneme {

DryRun dry_run(const Recipe& recipe) {
  const TrainingOptions options = training_options(recipe);
  const Seed seed(static_cast<uint64_t>(options.seed));
  const auto task = make_task(recipe.task, recipe.task_settings);
  Random random = seed.stream("parameters");
  const auto model = make_model(recipe, *task, random);
  DryRun shown;
  for (const auto& parameter : model->parameters()) {
    shown.parameters += parameter.numel();
    shown.parameter_bytes += static_cast<int64_t>(parameter.nbytes());
  }
  shown.multiply_adds_per_step = model->multiply_adds_per_step();

  random = seed.stream("training data 1");
  const Batch batch = task->sample(options.batch_size, random);
  shown.longest_sequence = batch.inputs.size(1);
  for (const auto& tensor : {batch.inputs, batch.targets, batch.mask, batch.lengths, batch.context})
    if (tensor.defined()) shown.batch_bytes += static_cast<int64_t>(tensor.nbytes());

  random = seed.stream("training data 1");
  const Batch tiny = task->sample(2, random);
  const at::Tensor loss = training_loss(task->sizes().targets, tiny, model->forward(tiny));
  loss.backward();
  shown.loss = reported_loss(task->sizes().targets, loss.item<double>());
  shown.unit = loss_unit(task->sizes().targets);
  return shown;
}

}  // namespace mneme
