#include "mneme/models/sparse_weights.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace mneme {

SparseWeights largest_weights(const SparseWeights& weights, int64_t count) {
  if (static_cast<int64_t>(weights.slots.size()) <= count) return weights;
  const auto order = at::argsort(weights.values.detach(), /*stable=*/true, /*dim=*/0, /*descending=*/true);
  const auto kept = std::get<0>(order.narrow(0, 0, count).sort());
  SparseWeights result{{}, weights.values.index_select(0, kept)};
  const auto places = kept.to(at::kCPU);
  for (int64_t i = 0; i < count; ++i)
    result.slots.push_back(weights.slots[static_cast<size_t>(places.const_data_ptr<int64_t>()[i])]);
  return result;
}

int64_t SlotUnion::add(int64_t slot) {
  const auto [found, fresh] = places_.emplace(slot, size());
  if (fresh) slots_.push_back(slot);
  return found->second;
}

void SlotUnion::add(const std::vector<int64_t>& slots) {
  for (const auto slot : slots) add(slot);
}

at::Tensor SlotUnion::embed(const SparseWeights& weights, double elsewhere) const {
  const auto empty = at::full({size()}, elsewhere, weights.values.options());
  if (weights.slots.empty()) return empty;
  std::vector<int64_t> places;
  for (const auto slot : weights.slots) places.push_back(place(slot));
  return empty.index_copy(0, at::tensor(places, at::kLong).to(weights.values.device()), weights.values);
}

}  // namespace mneme
