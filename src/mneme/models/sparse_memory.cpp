#include "mneme/models/sparse_memory.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "mneme/mechanisms/allocation.h"
#include "mneme/mechanisms/memory_access.h"
#include "mneme/mechanisms/read_modes.h"
#include "mneme/mechanisms/temporal_link.h"
#include "mneme/mechanisms/usage.h"
#include "mneme/models/content_search.h"

namespace mneme {

namespace {

at::Tensor indices(const std::vector<int64_t>& values, const at::TensorOptions& options) {
  return at::tensor(values, at::kLong).to(options.device());
}

// Row h of values [heads, count] as a weighting over slots [heads * count].
std::vector<SparseWeights> by_head(const std::vector<int64_t>& slots, const at::Tensor& values) {
  std::vector<SparseWeights> heads;
  const auto count = values.size(1);
  for (int64_t head = 0; head < values.size(0); ++head)
    heads.push_back({{slots.begin() + head * count, slots.begin() + (head + 1) * count}, values.select(0, head)});
  return heads;
}

}  // namespace

SparseMemory::SparseMemory(const SparseMemorySizes& sizes, const at::TensorOptions& options)
    : sizes_(sizes),
      options_(options),
      rows_(at::zeros({1, sizes.width}, options)),
      usage_(at::zeros({1}, options)),
      link_(sizes.slots, sizes.largest, options),
      precedence_{{}, at::zeros({0}, options)},
      stored_(at::zeros({64, sizes.width}, options)),
      stored_place_(static_cast<size_t>(sizes.slots), 0),
      used_(static_cast<size_t>(sizes.slots), -1) {
  sizes_.largest = std::min(sizes.largest, sizes.slots);
  step_.write_weights = precedence_;
  step_.read_weights.resize(static_cast<size_t>(sizes.read_heads), precedence_);
}

void SparseMemory::step(const DncInterface& said) {
  use(said);
  allocate();
  write(said);
  read(said);
}

void SparseMemory::use(const DncInterface& said) {
  // Usage changes where the step before wrote or read.
  SlotUnion touched;
  touched.add(step_.write_weights.slots);
  for (const auto& head : step_.read_weights) touched.add(head.slots);
  retention_ = {{}, at::zeros({0}, options_)};
  if (touched.size() == 0) return;
  std::vector<at::Tensor> reads;
  for (const auto& head : step_.read_weights) reads.push_back(touched.embed(head));
  const auto retention = memory_retention(said.free_gates, at::stack(reads).unsqueeze(0));  // [1, touched]
  const auto usage = memory_usage(usage_.gather(touched.slots()).unsqueeze(0),
                                  touched.embed(step_.write_weights).unsqueeze(0), retention);
  retention_ = {touched.slots(), retention.squeeze(0)};
  usage_.put(touched.slots(), usage.squeeze(0));
  const auto values = usage.detach().to(at::kCPU, at::kDouble).contiguous();
  for (int64_t i = 0; i < touched.size(); ++i) {
    const auto slot = touched.slots()[static_cast<size_t>(i)];
    auto& used = used_[static_cast<size_t>(slot)];
    if (used >= 0) by_usage_.erase({used, slot});
    used = std::max(0.0, values.const_data_ptr<double>()[i]);
    by_usage_.emplace(used, slot);
  }
}

void SparseMemory::allocate() {
  // The least used, of equals the lower slot; slots that never had a use stand at zero.
  std::vector<int64_t> slots;
  auto next_used = by_usage_.begin();
  int64_t next_fresh = 0;
  while (static_cast<int64_t>(slots.size()) < sizes_.largest) {
    while (next_fresh < sizes_.slots && used_[static_cast<size_t>(next_fresh)] >= 0) ++next_fresh;
    const bool fresh = next_fresh < sizes_.slots &&
                       (next_used == by_usage_.end() || std::pair(0.0, next_fresh) < *next_used);
    slots.push_back(fresh ? next_fresh++ : (next_used++)->second);
  }
  const auto weights = allocation_weights(usage_.gather(slots).unsqueeze(0)).squeeze(0);
  step_.allocation_weights = {std::move(slots), weights};
}

void SparseMemory::write(const DncInterface& said) {
  const auto found = find(said.write_key, said.write_mask, said.write_strength)[0];
  SlotUnion either;
  either.add(step_.allocation_weights.slots);
  either.add(found.slots);
  const auto weights = gate_write_weights(either.embed(step_.allocation_weights).unsqueeze(0),
                                          either.embed(found).unsqueeze(0), said.allocation_gate, said.write_gate);
  step_.write_weights = largest_weights({either.slots(), weights.squeeze(0)}, sizes_.largest);

  SlotUnion changed;
  changed.add(step_.write_weights.slots);
  if (sizes_.clear_freed) changed.add(retention_.slots);
  auto memory = rows_.gather(changed.slots());  // [changed, width]
  if (sizes_.clear_freed) memory = memory * changed.embed(retention_, 1).unsqueeze(1);
  const auto one_head = [](const at::Tensor& tensor) { return tensor.unsqueeze(1); };
  store(changed.slots(),
        write_memory(memory.unsqueeze(0), changed.embed(step_.write_weights).view({1, 1, -1}), one_head(said.erase),
                     one_head(said.write_vector))
            .squeeze(0));

  if (!sizes_.links) return;
  link_.update(step_.write_weights, precedence_);
  SlotUnion last;
  last.add(precedence_.slots);
  last.add(step_.write_weights.slots);
  const auto precedence =
      write_precedence(last.embed(precedence_).unsqueeze(0), last.embed(step_.write_weights).unsqueeze(0));
  precedence_ = largest_weights({last.slots(), precedence.squeeze(0)}, sizes_.largest);
}

void SparseMemory::read(const DncInterface& said) {
  const auto masks = said.read_masks.defined() ? said.read_masks.squeeze(0) : said.read_masks;
  auto weights = find(said.read_keys.squeeze(0), masks, said.read_strengths.squeeze(0));
  if (sizes_.links) weights = mix(said, weights);
  std::vector<at::Tensor> reads;
  for (auto& head : weights) {
    head = largest_weights(head, sizes_.largest);
    reads.push_back(read_memory(rows_.gather(head.slots).unsqueeze(0), head.values.view({1, 1, -1})));
  }
  step_.read_weights = std::move(weights);
  step_.reads = at::cat(reads, 1);
}

std::vector<SparseWeights> SparseMemory::mix(const DncInterface& said,
                                             const std::vector<SparseWeights>& found) const {
  std::vector<SparseWeights> mixed;
  for (size_t head = 0; head < found.size(); ++head) {
    const auto& before = step_.read_weights[head];
    const auto onward = link_.after(before.slots), back = link_.before(before.slots);
    SlotUnion any;
    any.add(found[head].slots);
    any.add(onward.to);
    any.add(back.to);
    const auto along = [&](const SparseLink::Entries& entries) {  // Σ of links times what was read before
      std::vector<int64_t> places;
      for (const auto slot : entries.to) places.push_back(any.place(slot));
      const auto shares = entries.values * before.values.index_select(0, indices(entries.from, options_));
      return at::zeros({any.size()}, options_).index_add(0, indices(places, options_), shares).view({1, 1, -1});
    };
    const auto modes = said.read_modes.narrow(1, static_cast<int64_t>(head), 1);  // [1, 1, 3]
    const auto weights =
        mix_read_modes(modes, along(back), any.embed(found[head]).view({1, 1, -1}), along(onward));
    mixed.push_back({any.slots(), weights.view(-1)});
  }
  return mixed;
}

std::vector<SparseWeights> SparseMemory::find(const at::Tensor& keys, const at::Tensor& masks,
                                              const at::Tensor& strengths) const {
  auto slots = most_alike(keys, masks, strengths);
  // Each head's slots as a memory of its own: [heads, K, width].
  const auto memories = rows_.gather(slots).view({keys.size(0), -1, sizes_.width});
  const auto weights = find_by_content(memories, keys.unsqueeze(1), masks.defined() ? masks.unsqueeze(1) : masks,
                                       strengths.unsqueeze(1));
  return by_head(slots, weights.squeeze(1));
}

std::vector<int64_t> SparseMemory::most_alike(const at::Tensor& keys, const at::Tensor& masks,
                                              const at::Tensor& strengths) const {
  const auto written = static_cast<int64_t>(stored_slots_.size());
  const at::NoGradGuard no_gradients;
  const auto likeness = find_by_content(stored_.narrow(0, 0, written + 1).unsqueeze(0), keys.unsqueeze(0),
                                        masks.defined() ? masks.unsqueeze(0) : masks, strengths.unsqueeze(0))
                            .squeeze(0)
                            .to(at::kCPU, at::kDouble)
                            .contiguous();  // [heads, 1 + written]; first that of a slot of zeros
  std::vector<int64_t> chosen;
  for (int64_t head = 0; head < keys.size(0); ++head) {
    const auto* alike = likeness.const_data_ptr<double>() + head * (written + 1);
    std::vector<int64_t> order(stored_slots_.size());  // of the rows behind the first
    for (size_t row = 0; row < order.size(); ++row) order[row] = static_cast<int64_t>(row);
    const auto count = std::min(sizes_.largest, written);
    std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](int64_t one, int64_t other) {
      return std::pair(-alike[one + 1], stored_slots_[static_cast<size_t>(one)]) <
             std::pair(-alike[other + 1], stored_slots_[static_cast<size_t>(other)]);
    });
    int64_t next_written = 0, next_fresh = 0;
    for (int64_t taken = 0; taken < sizes_.largest; ++taken) {
      while (next_fresh < sizes_.slots && stored_place_[static_cast<size_t>(next_fresh)] > 0) ++next_fresh;
      const bool any_fresh = next_fresh < sizes_.slots;
      if (next_written < count && (!any_fresh || alike[order[static_cast<size_t>(next_written)] + 1] > alike[0]))
        chosen.push_back(stored_slots_[static_cast<size_t>(order[static_cast<size_t>(next_written++)])]);
      else
        chosen.push_back(next_fresh++);
    }
  }
  return chosen;
}

void SparseMemory::store(const std::vector<int64_t>& slots, const at::Tensor& rows) {
  rows_.put(slots, rows);
  std::vector<int64_t> places;
  for (const auto slot : slots) {
    auto& place = stored_place_[static_cast<size_t>(slot)];
    if (place == 0) {
      stored_slots_.push_back(slot);
      place = static_cast<int64_t>(stored_slots_.size());
    }
    places.push_back(place);
  }
  while (stored_.size(0) <= static_cast<int64_t>(stored_slots_.size()))
    stored_ = at::cat({stored_, at::zeros_like(stored_)});
  const at::NoGradGuard no_gradients;
  stored_.index_copy_(0, indices(places, options_), rows.detach());
}

at::Tensor SparseMemory::usage() const {
  auto usage = at::zeros({sizes_.slots}, at::kDouble);
  for (const auto& [used, slot] : by_usage_) usage.mutable_data_ptr<double>()[slot] = used;
  return usage.to(options_);
}

at::Tensor SparseMemory::memory() const {
  auto memory = at::zeros({sizes_.slots, sizes_.width}, options_);
  const auto written = static_cast<int64_t>(stored_slots_.size());
  if (written > 0) memory.index_copy_(0, indices(stored_slots_, options_), stored_.narrow(0, 1, written));
  return memory;
}

}  // namespace mneme
