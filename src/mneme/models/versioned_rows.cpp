#include "mneme/models/versioned_rows.h"

#include <ATen/ATen.h>

#include <map>

namespace mneme {

at::Tensor VersionedRows::gather(const std::vector<int64_t>& keys) const {
  std::vector<at::Tensor> parts = {zero_};
  std::map<size_t, int64_t> first_row;  // of each version, among the parts
  int64_t rows = 1;
  std::vector<int64_t> wanted;
  wanted.reserve(keys.size());
  for (const auto key : keys) {
    const auto found = places_.find(key);
    if (found == places_.end()) {
      wanted.push_back(0);
      continue;
    }
    const auto& [version, row] = found->second;
    const auto [start, fresh] = first_row.emplace(version, rows);
    if (fresh) {
      parts.push_back(versions_[version].rows);
      rows += parts.back().size(0);
    }
    wanted.push_back(start->second + row);
  }
  return at::cat(parts).index_select(0, at::tensor(wanted, at::kLong).to(zero_.device()));
}

void VersionedRows::put(const std::vector<int64_t>& keys, const at::Tensor& rows) {
  const auto version = versions_.size();
  versions_.push_back({rows, static_cast<int64_t>(keys.size())});
  for (size_t row = 0; row < keys.size(); ++row) {
    const Place place{version, static_cast<int64_t>(row)};
    const auto [found, fresh] = places_.emplace(keys[row], place);
    if (fresh) continue;
    release(found->second);
    found->second = place;
  }
}

void VersionedRows::drop(int64_t key) {
  const auto found = places_.find(key);
  if (found == places_.end()) return;
  release(found->second);
  places_.erase(found);
}

void VersionedRows::release(const Place& place) {
  auto& version = versions_[place.version];
  if (--version.in_use == 0) version.rows = at::Tensor();
}

}  // namespace mneme
