#include "mneme/inspect/held_triples.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "mneme/inspect/dnc_episode.h"
#include "mneme/inspect/trace_arrays.h"
#include "mneme/mechanisms/memory_access.h"
#include "mneme/mechanisms/usage.h"

namespace mneme {
namespace {

constexpr double kRidge = 1e-4;  // of the mean square of a location's elements
constexpr float kWroteThere =
    0.5;  // of a write weighting on one location: it holds what was shown at that step

/// visit(step, memory [batch, slots, width]) after each step, replayed from what the record says was written.
template <class Visit>
void replay_memory(const DncOptions& options, const DncRecord& record, Visit&& visit) {
  const auto& said = record.interface;
  const auto step_of = [](const at::Tensor& tensor, int64_t step) { return tensor.select(1, step); };
  const int64_t batch = record.write_weights.size(0), time = record.write_weights.size(1);
  auto memory = at::zeros({batch, options.slots, options.width}, record.write_weights.options());
  auto read_before = at::zeros_like(record.read_weights.select(1, 0));
  for (int64_t step = 0; step < time; ++step) {
    if (options.clear_freed)
      memory = memory * memory_retention(step_of(said.free_gates, step), read_before).unsqueeze(2);
    memory =
        write_memory(memory, step_of(record.write_weights, step).unsqueeze(1),
                     step_of(said.erase, step).unsqueeze(1), step_of(said.write_vector, step).unsqueeze(1));
    read_before = step_of(record.read_weights, step);
    visit(step, memory);
  }
}

TripleDecoder fitted_decoder(DncImpl& model, const std::vector<Batch>& examples) {
  std::vector<at::Tensor> contents, inputs;
  for (const Batch& batch : examples) {
    std::vector<int64_t> described;  // steps of each description
    for (int64_t b = 0; b < batch.inputs.size(0); ++b)
      described.push_back(static_cast<int64_t>(read_episode(batch, b).description.size()));
    const DncRecord record = model.record(batch.inputs, batch.lengths);
    const auto [most, where] = record.write_weights.max(2);  // [batch, time]
    replay_memory(model.options(), record, [&](int64_t step, const at::Tensor& memory) {
      for (int64_t b = 0; b < batch.inputs.size(0); ++b) {
        if (step >= described[static_cast<size_t>(b)] || most[b][step].item<float>() < kWroteThere) continue;
        contents.push_back(memory[b][where[b][step].item<int64_t>()]);
        inputs.push_back(batch.inputs[b][step].narrow(0, 0, kTripleInputs));
      }
    });
  }
  if (contents.empty())  // a model that does not write
    return {at::zeros({1, model.options().width}), at::zeros({1, kTripleInputs})};
  return {at::stack(contents), at::stack(inputs)};
}

at::Tensor with_offset(const at::Tensor& contents) {
  return at::cat({contents.to(at::kDouble), at::ones({contents.size(0), 1}, at::kDouble)}, 1);
}

}  // namespace

TripleDecoder::TripleDecoder(const at::Tensor& contents, const at::Tensor& inputs) {
  const auto rows = with_offset(contents);  // [samples, width + 1]
  const auto square = at::mm(rows.t(), rows);
  const auto ridge =
      kRidge * square.diagonal().mean().clamp_min(1e-12) * at::eye(square.size(0), at::kDouble);
  map_ = at::linalg_solve(square + ridge, at::mm(rows.t(), inputs.to(at::kDouble)));
}

Triple TripleDecoder::decode(const at::Tensor& contents) const {
  const auto inputs = at::mm(with_offset(contents.unsqueeze(0)), map_).to(at::kFloat).contiguous();
  return most_likely_triple(inputs.const_data_ptr<float>());
}

TraceArray held_triples(DncImpl& model, const Batch& batch, int64_t index,
                        const std::vector<Batch>& examples) {
  const torch::NoGradGuard no_gradients;
  const TripleDecoder decoder = fitted_decoder(model, examples);
  const GraphEpisode episode = read_episode(batch, index);
  const auto described = static_cast<int64_t>(episode.description.size());
  const DncRecord record = model.record(batch.inputs, batch.lengths);
  const auto written = record.write_weights[index]
                           .narrow(0, 0, described)
                           .amax(0)
                           .to(at::kCPU, at::kFloat)
                           .contiguous();  // [slots]
  const auto held = at::zeros({model.options().slots});
  replay_memory(model.options(), record, [&](int64_t step, const at::Tensor& memory) {
    if (step != described - 1) return;
    for (int64_t slot = 0; slot < held.numel(); ++slot) {
      if (written.const_data_ptr<float>()[slot] <= kWritten) continue;
      const auto found = std::ranges::find(episode.description, decoder.decode(memory[index][slot]));
      held.data_ptr<float>()[slot] = found == episode.description.end()
                                         ? -1
                                         : static_cast<float>(found - episode.description.begin() + 1);
    }
  });
  return trace_array("held", {"location"}, held);
}

}  // namespace mneme
