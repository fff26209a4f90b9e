#include "mneme/tasks/edit_distance.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace mneme {

int64_t edit_distance(std::span<const int64_t> one, std::span<const int64_t> other) {
  std::vector<int64_t> row(other.size() + 1);  // distances of the front of `one` to each front of `other`
  std::iota(row.begin(), row.end(), 0);
  for (const int64_t symbol : one) {
    int64_t diagonal = row[0]++;
    for (size_t j = 0; j < other.size(); ++j) {
      const int64_t replaced = diagonal + (symbol == other[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace mneme
