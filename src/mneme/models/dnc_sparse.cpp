// The DNC with a sparse memory: the controllers of a batch run together, each sequence's memory for itself.
#include "mneme/models/carried_state.h"
#include "mneme/models/dnc.h"

namespace mneme {

namespace {

// What is said to the memory of one sequence: each member [1, …].
DncInterface of_sequence(const DncInterface& said, int64_t sequence) {
  DncInterface own;
  for (const auto member : DncInterface::members())
    if ((said.*member).defined()) own.*member = (said.*member).narrow(0, sequence, 1);
  return own;
}

void fill(const at::Tensor& dense, const SparseWeights& weights) {
  if (weights.slots.empty()) return;
  dense.index_copy_(0, torch::tensor(weights.slots, torch::kLong).to(dense.device()), weights.values);
}

}  // namespace

DncImpl::SparseRun DncImpl::run_sparse(const at::Tensor& inputs, const at::Tensor& lengths,
                                       const SparseVisit& visit) const {
  const auto batch = inputs.size(0), time = inputs.size(1);
  const auto options = output_bias_.options().requires_grad(false);
  SparseRun run;
  const SparseMemorySizes sizes{.slots = options_.slots,
                                .width = options_.width,
                                .read_heads = options_.read_heads,
                                .largest = options_.sparse,
                                .links = !options_.content_only,
                                .clear_freed = options_.clear_freed};
  for (int64_t b = 0; b < batch; ++b) run.memories.emplace_back(sizes, options);
  if (controller_->sizes.lstm) run.last_hidden = run.last_cell = torch::zeros({batch, options_.hidden}, options);
  const auto nothing = torch::zeros({1, options_.read_heads, options_.width}, options);
  auto reads = nothing.expand({batch, -1, -1});
  const auto seen = controller_->see(inputs);  // [batch, time, gates]
  std::vector<at::Tensor> all_hidden, all_reads;
  for (int64_t t = 0; t < time; ++t) {
    const auto [hidden, cell] = controller_->step(seen.select(1, t), run.last_hidden, run.last_cell, reads.flatten(1));
    run.said.push_back(activate_interface(
        split_interface(torch::linear(hidden, interface_weight_, interface_bias_), interface_sizes_)));
    std::vector<at::Tensor> read;
    for (int64_t b = 0; b < batch; ++b) {
      const bool live = !lengths.defined() || lengths[b].item<int64_t>() > t;
      if (!live) {
        read.push_back(nothing);
        continue;
      }
      auto& memory = run.memories[static_cast<size_t>(b)];
      memory.step(of_sequence(run.said.back(), b));
      if (visit) visit(b, t, memory);
      read.push_back(memory.last().reads);
    }
    reads = torch::cat(read);
    const auto live = lengths.defined() ? (lengths > t).unsqueeze(1).to(inputs.device()) : at::Tensor();
    const auto keep = [&](const at::Tensor& now, const at::Tensor& before) {
      return live.defined() && now.defined() ? at::where(live, now, before) : now;
    };
    all_hidden.push_back(live.defined() ? hidden.masked_fill(live.logical_not(), 0) : hidden);
    all_reads.push_back(reads);
    if (!controller_->sizes.lstm) continue;
    run.last_hidden = keep(hidden, run.last_hidden);
    run.last_cell = keep(cell, run.last_cell);
  }
  run.hidden = torch::stack(all_hidden, 1);
  run.reads = torch::stack(all_reads, 1);
  return run;
}

DncRecord DncImpl::record_sparse(const at::Tensor& inputs, const at::Tensor& lengths) const {
  const auto batch = inputs.size(0), time = inputs.size(1), slots = options_.slots, heads = options_.read_heads;
  const auto zeros = [&](at::IntArrayRef sizes) {
    return torch::zeros(sizes, output_bias_.options().requires_grad(false));
  };
  DncRecord record;
  record.usage = zeros({batch, time, slots});
  record.allocation_weights = zeros({batch, time, slots});
  record.write_weights = zeros({batch, time, slots});
  record.read_weights = zeros({batch, time, heads, slots});
  auto& state = record.state;
  state.reads = zeros({batch, heads, options_.width});
  state.read_weights = zeros({batch, heads, slots});
  state.write_weights = zeros({batch, slots});
  const auto run = run_sparse(inputs, lengths, [&](int64_t b, int64_t t, const SparseMemory& memory) {
    const auto& now = memory.last();
    fill(record.allocation_weights[b][t], now.allocation_weights);
    fill(record.write_weights[b][t], now.write_weights);
    for (int64_t head = 0; head < heads; ++head)
      fill(record.read_weights[b][t][head], now.read_weights[static_cast<size_t>(head)]);
    record.usage[b][t] = memory.usage();
    state.reads[b] = now.reads[0];
    state.read_weights[b] = record.read_weights[b][t];
    state.write_weights[b] = record.write_weights[b][t];
  });
  record.hidden = run.hidden;
  record.reads = run.reads;
  at::Tensor ended;  // [batch, time]
  if (lengths.defined())
    ended = (torch::arange(time).unsqueeze(0) >= lengths.unsqueeze(1)).to(inputs.device());
  for (const auto member : DncInterface::members()) {
    if (!(run.said.front().*member).defined()) continue;
    std::vector<at::Tensor> parts;
    for (const auto& said : run.said) parts.push_back(said.*member);
    const auto all = torch::stack(parts, 1);
    record.interface.*member = ended.defined() ? all.masked_fill(mask_like(ended, all), 0) : all;
  }
  record.logits = output(record.hidden, record.reads, look_ahead(inputs, lengths));
  state.hidden = run.last_hidden;
  state.cell = run.last_cell;
  std::vector<at::Tensor> usage, memory;
  for (const auto& own : run.memories) {
    usage.push_back(own.usage());
    memory.push_back(own.memory());
  }
  state.usage = torch::stack(usage);
  state.memory = torch::stack(memory);
  return record;
}

}  // namespace mneme
