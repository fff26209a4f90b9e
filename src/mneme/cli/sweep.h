// What `train --sweep KEY=V1,V2 --seeds 3` asks for: every combination.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "mneme/training/variants.h"

namespace mneme {

struct Sweep {
  std::string key;
  std::vector<std::string> values;
};

/// "task.tasks=[1],[2,3]" has the values [1] and [2,3]; "task.tasks=[1]..[20]" has twenty, "hops=1..3,6" has four.
/// Throws UsageError beginning with "train: --sweep is …".
Sweep parse_sweep(const std::string& text);

/// Every combination of the sweeps' values, the last sweep's fastest, each with `seeds` seeds from `first` on; with
/// 0 seeds no seed is named.
std::vector<Variant> combinations(const std::vector<Sweep>& sweeps, int64_t seeds, uint64_t first);

/// The settings that make a recipe the variant: "task.tasks=[1]", "training.seed=3".
std::vector<std::string> settings_of(const Variant& variant);

}  // namespace mneme
