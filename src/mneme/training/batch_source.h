// Training batches, made on a thread of their own while the model is busy with the one before.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "mneme/core/random.h"
#include "mneme/tasks/task.h"

namespace mneme {

/// The batch of update u is drawn from a stream of its own, so it depends on the seed, u and the difficulty
/// alone, however often a run was interrupted.
class BatchSource {
 public:
  struct Order {
    int64_t update;
    double difficulty;
  };
  /// Batches under way at a time, with the one that the model is given next.
  static constexpr int64_t kAhead = 2;

  /// `task` outlives the source; while batches are under way nobody else sets its difficulty.
  BatchSource(Task& task, int64_t batch_size, Seed seed);
  ~BatchSource();
  BatchSource(const BatchSource&) = delete;
  BatchSource& operator=(const BatchSource&) = delete;

  void order(const Order& order);
  /// The batch that was ordered first. Waits for it; throws what making it threw.
  Batch take();
  /// Orders whose batches were not taken, for checkpoints.
  const std::deque<Order>& open_orders() const { return open_; }

 private:
  struct Made {
    Batch batch;
    std::exception_ptr problem;
  };
  void run();

  Task& task_;
  int64_t batch_size_;
  Seed seed_;
  std::deque<Order> open_;  // of the training thread alone

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Order> waiting_;
  std::deque<Made> made_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace mneme
