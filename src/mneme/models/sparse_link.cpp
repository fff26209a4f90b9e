#include "mneme/models/sparse_link.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace mneme {

SparseLink::SparseLink(int64_t slots, int64_t largest, const at::TensorOptions& options)
    : slots_(slots), largest_(largest), values_(at::zeros({1}, options)) {}

void SparseLink::update(const SparseWeights& write_weights, const SparseWeights& precedence) {
  SlotUnion written, preceding;
  written.add(write_weights.slots);
  preceding.add(precedence.slots);
  // Entries that change: rows and columns written to, and new ones from what was written last.
  std::vector<int64_t> keys, row_places, column_places, precedence_places;
  const auto visit = [&](int64_t row, int64_t column) {
    keys.push_back(key(row, column));
    row_places.push_back(written.contains(row) ? written.place(row) : written.size());
    column_places.push_back(written.contains(column) ? written.place(column) : written.size());
    precedence_places.push_back(preceding.contains(column) ? preceding.place(column) : preceding.size());
  };
  for (const auto row : written.slots()) {
    for (const auto column : preceding.slots()) {
      if (row == column) continue;
      rows_[row].insert(column);
      columns_[column].insert(row);
    }
    for (const auto column : rows_[row]) visit(row, column);
  }
  for (const auto column : written.slots())
    for (const auto row : columns_[column])
      if (!written.contains(row)) visit(row, column);
  if (keys.empty()) return;

  const auto device = write_weights.values.device();
  const auto pick = [&](const at::Tensor& values, const std::vector<int64_t>& places) {
    return at::cat({values, at::zeros({1}, values.options())})  // zero for slots outside the weighting
        .index_select(0, at::tensor(places, at::kLong).to(device));
  };
  const auto of_row = pick(write_weights.values, row_places);
  const auto of_column = pick(write_weights.values, column_places);
  const auto values =
      (1 - of_row - of_column) * values_.gather(keys) + of_row * pick(precedence.values, precedence_places);
  values_.put(keys, values);
  const auto sizes = values.detach().to(at::kCPU, at::kDouble).contiguous();
  for (size_t i = 0; i < keys.size(); ++i) sizes_[keys[i]] = sizes.const_data_ptr<double>()[i];
  for (const auto slot : written.slots()) {
    trim(slot, true);
    trim(slot, false);
  }
  for (const auto column : preceding.slots()) trim(column, false);
}

void SparseLink::trim(int64_t line, bool is_row) {
  auto& others = (is_row ? rows_ : columns_)[line];
  if (static_cast<int64_t>(others.size()) <= largest_) return;
  std::vector<int64_t> ordered(others.begin(), others.end());
  const auto key_of = [&](int64_t other) { return is_row ? key(line, other) : key(other, line); };
  std::stable_sort(ordered.begin(), ordered.end(),
                   [&](int64_t one, int64_t other) { return sizes_.at(key_of(one)) > sizes_.at(key_of(other)); });
  for (auto weak = ordered.begin() + largest_; weak != ordered.end(); ++weak) {
    values_.drop(key_of(*weak));
    sizes_.erase(key_of(*weak));
    others.erase(*weak);
    (is_row ? columns_ : rows_)[*weak].erase(line);
  }
}

SparseLink::Entries SparseLink::entries(const Neighbours& neighbours, const std::vector<int64_t>& slots,
                                        bool by_column) const {
  Entries found;
  std::vector<int64_t> keys;
  for (size_t place = 0; place < slots.size(); ++place) {
    const auto others = neighbours.find(slots[place]);
    if (others == neighbours.end()) continue;
    for (const auto other : others->second) {
      found.from.push_back(static_cast<int64_t>(place));
      found.to.push_back(other);
      keys.push_back(by_column ? key(other, slots[place]) : key(slots[place], other));
    }
  }
  found.values = values_.gather(keys);
  return found;
}

SparseLink::Entries SparseLink::after(const std::vector<int64_t>& slots) const {
  return entries(columns_, slots, /*by_column=*/true);
}

SparseLink::Entries SparseLink::before(const std::vector<int64_t>& slots) const {
  return entries(rows_, slots, /*by_column=*/false);
}

}  // namespace mneme
