#include "bench/transformer_speed.h"

#include <ATen/Parallel.h>
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>

#include "mneme/models/transformer/generator.h"
#include "mneme/training/flat_parameters.h"
#include "mneme/training/loss.h"
#include "mneme/training/optimizer.h"

namespace mneme {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// The median of the runs after the first `unheeded` ones.
double median_ms(const std::function<void()>& run, int64_t unheeded, int64_t least, double seconds) {
  for (int64_t i = 0; i < unheeded; ++i) run();
  std::vector<double> times;
  const auto begin = Clock::now();
  while (static_cast<int64_t>(times.size()) < least || ms_since(begin) < 1e3 * seconds) {
    const auto start = Clock::now();
    run();
    times.push_back(ms_since(start));
  }
  std::ranges::nth_element(times, times.begin() + static_cast<int64_t>(times.size()) / 2);
  return times[times.size() / 2];
}

Gpt make_gpt(const GptOptions& options, int64_t tokens) {
  Random random(1);
  return Gpt(options, ModelSizes{.outputs = tokens, .tokens = tokens}, random);
}

}  // namespace

GptTrainingSpeed measure_gpt_training(const GptTrainingCase& wanted, double seconds) {
  Gpt gpt = make_gpt(wanted.model, wanted.tokens);
  FlatParameters parameters(*gpt);
  const auto optimizer =
      make_optimizer(Adam{.weight_decay = 0.1}, parameters.values(), parameters.matrices());
  torch::manual_seed(1);
  Batch batch;
  batch.inputs = torch::randint(wanted.tokens, {wanted.batch, wanted.block}, torch::kLong);
  batch.targets = torch::randint(wanted.tokens, {wanted.batch, wanted.block}, torch::kLong);
  batch.mask = torch::ones({wanted.batch, wanted.block}, torch::kBool);
  gpt->train();
  const auto update = [&] {
    parameters.gradients().zero_();
    training_loss(TargetKind::classes, batch, gpt->forward(batch)).backward();
    clip_norm(parameters.gradients(), 1);
    optimizer->step(parameters.values(), parameters.gradients(), 1e-4);
  };
  const double steps = static_cast<double>(wanted.batch * wanted.block);
  return {median_ms(update, 2, 5, seconds),
          2e-9 * 3 * steps * static_cast<double>(gpt->multiply_adds_per_step())};
}

GenerationSpeed measure_generation(const GptOptions& model, int64_t tokens, WeightForm form, double seconds) {
  Gpt gpt = make_gpt(model, tokens);
  Generator generator(*gpt, {.form = form});
  generator.begin({1, 2, 3, 4, 5, 6, 7, 8});
  int64_t token = 0;
  const auto step = [&] { generator.step(token = (token * 7 + 1) % tokens); };
  return {median_ms(step, 3, 10, seconds), generator.weight_bytes()};
}

double measured_read_bandwidth(int64_t threads) {
  constexpr int64_t kWords = (int64_t{512} << 20) / 8, kPasses = 6;
  constexpr int64_t kStreams = 4, kLine = 8;  // words of a cache line
  std::vector<uint64_t> memory(kWords, 1);
  double best = 0;
  uint64_t kept = 0;
  for (int64_t pass = 0; pass < kPasses; ++pass) {
    const auto start = Clock::now();
#pragma omp parallel num_threads(static_cast <int>(threads))
    {
      const int64_t share = kWords / omp_get_num_threads() / (kStreams * kLine) * (kStreams * kLine);
      const uint64_t* from = memory.data() + share * omp_get_thread_num();
      const int64_t stream = share / kStreams;
      uint64_t sums[kLine] = {};
      for (int64_t i = 0; i < stream; i += kLine)
        for (int64_t s = 0; s < kStreams; ++s)
          for (int64_t k = 0; k < kLine; ++k) sums[k] += from[s * stream + i + k];
      uint64_t sum = 0;
      for (const uint64_t each : sums) sum += each;
#pragma omp atomic
      kept += sum;
    }
    best = std::max(best, static_cast<double>(kWords) * 8 / (1e6 * ms_since(start)));
  }
  return kept > 0 ? best : 0;  // the sums are needed, so nothing of the reading is left out
}

}  // namespace mneme
