#include "mneme/training/batch_source.h"

#include <string>
#include <utility>

namespace mneme {

BatchSource::BatchSource(Task& task, int64_t batch_size, Seed seed)
    : task_(task), batch_size_(batch_size), seed_(seed), thread_([this] { run(); }) {}

BatchSource::~BatchSource() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BatchSource::order(const Order& order) {
  open_.push_back(order);
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(order);
  }
  changed_.notify_all();
}

Batch BatchSource::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !made_.empty(); });
  Made made = std::move(made_.front());
  made_.pop_front();
  open_.pop_front();
  if (made.problem) std::rethrow_exception(made.problem);
  return std::move(made.batch);
}

void BatchSource::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (ending_) return;
    const Order order = waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    Made made;
    try {
      task_.set_difficulty(order.difficulty);
      Random random = seed_.stream("training data " + std::to_string(order.update));
      made.batch = task_.sample(batch_size_, random);
    } catch (...) {
      made.problem = std::current_exception();
    }
    lock.lock();
    made_.push_back(std::move(made));
    changed_.notify_all();
  }
}

}  // namespace mneme
