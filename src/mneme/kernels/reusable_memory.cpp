#include "mneme/kernels/reusable_memory.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <mutex>
#include <vector>

namespace mneme {
namespace {

constexpr size_t kKept = 12;  // blocks: a forward and a backward pass of two models of three layers

struct Blocks {
  std::mutex mutex;
  std::vector<at::Tensor> blocks;  // bytes
};

Blocks& blocks() {
  static Blocks* const kept = new Blocks;  // never destroyed: threads may outlive main
  return *kept;
}

}  // namespace

at::Tensor reusable_memory(int64_t size, c10::ScalarType dtype) {
  const int64_t bytes = std::max<int64_t>(size, 1) * static_cast<int64_t>(c10::elementSize(dtype));
  Blocks& kept = blocks();
  const std::lock_guard lock(kept.mutex);
  at::Tensor* best = nullptr;
  for (at::Tensor& block : kept.blocks)
    if (block.storage().use_count() == 1 && block.numel() >= bytes && (!best || block.numel() < best->numel()))
      best = &block;
  if (!best) {
    if (kept.blocks.size() == kKept) {
      const auto free = std::find_if(kept.blocks.begin(), kept.blocks.end(),
                                     [](const at::Tensor& block) { return block.storage().use_count() == 1; });
      kept.blocks.erase(free == kept.blocks.end() ? kept.blocks.begin() : free);
    }
    kept.blocks.push_back(at::empty({bytes}, at::kByte));
    best = &kept.blocks.back();
  }
  return best->narrow(0, 0, bytes).view(dtype).narrow(0, 0, size);
}

}  // namespace mneme
