#include "bench/handwriting_speed.h"

#include <chrono>

#include "mneme/models/handwriting_sampler.h"
#include "mneme/tasks/pen/pen_text.h"
#include "mneme/training/flat_parameters.h"
#include "mneme/training/loss.h"

namespace mneme {
namespace {

constexpr int64_t kMixtures = 20, kCompositeShare = 16;

Handwriting model_of(const HandwritingSpeedCase& wanted) {
  Random parameters = Seed(1).stream("parameters");
  return Handwriting(wanted.model,
                     ModelSizes{3, mixture_parameters(kMixtures), 0, static_cast<int64_t>(pen_characters().size())},
                     parameters);
}

Batch batch_of(const HandwritingSpeedCase& wanted, int64_t points, int64_t tokens) {
  Random random = Seed(1).stream("bench");
  Batch batch;
  const auto pen = [&] {
    auto drawn = torch::empty({wanted.batch, points, 3});
    for (int64_t i = 0; i < drawn.numel(); ++i)
      drawn.mutable_data_ptr<float>()[i] =
          i % 3 == 2 ? (random.coin(0.1) ? 1.0f : 0.0f) : static_cast<float>(random.normal());
    return drawn;
  };
  batch.inputs = pen();
  batch.targets = pen();
  batch.mask = torch::ones({wanted.batch, points}, torch::kBool);
  batch.context = torch::empty({wanted.batch, wanted.characters}, torch::kLong);
  for (int64_t i = 0; i < batch.context.numel(); ++i)
    batch.context.mutable_data_ptr<int64_t>()[i] = random.integer(0, tokens - 1);
  return batch;
}

}  // namespace

PathSpeed measure_handwriting(const HandwritingSpeedCase& wanted, const SpeedEffort& effort) {
  Handwriting model = model_of(wanted);
  FlatParameters flat(*model);  // gradients are added into one buffer, as in training
  const Batch whole = batch_of(wanted, wanted.points, model->tokens());
  const Batch part = batch_of(wanted, std::max<int64_t>(1, wanted.points / kCompositeShare), model->tokens());
  const double gflop =
      2e-9 * 3 * static_cast<double>(model->multiply_adds_per_step() * wanted.points * wanted.batch);
  PathSpeed speed = time_paths(
      [&](Path path) {
        model->set_path(path);
        flat.gradients().zero_();
        const Batch& batch = path == Path::composite ? part : whole;
        training_loss(TargetKind::pen, batch, model->forward(batch)).backward();
      },
      gflop, effort);
  if (speed.composite_ms)
    *speed.composite_ms *= static_cast<double>(whole.inputs.size(1)) / static_cast<double>(part.inputs.size(1));
  return speed;
}

double writing_rate(const HandwritingSpeedCase& wanted, int64_t lines, double seconds) {
  Handwriting model = model_of(wanted);
  std::vector<int64_t> text(static_cast<size_t>(wanted.characters), 1);
  std::vector<WritingRequest> requests;
  for (int64_t line = 0; line < lines; ++line)
    requests.push_back({.text = text, .random = Random(static_cast<uint64_t>(line)), .longest = 25});
  using Clock = std::chrono::steady_clock;
  int64_t points = 0;
  const auto start = Clock::now();
  double passed = 0;
  do {
    for (const WrittenLine& line : write_lines(*model, requests, 0.5))
      points += static_cast<int64_t>(line.points.size());
    passed = std::chrono::duration<double>(Clock::now() - start).count();
  } while (passed < seconds);
  return static_cast<double>(points) / passed;
}

}  // namespace mneme
