#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace streamkit::http {

/// A few threads for work that may block, and a bounded queue before them.
/// Thread-safety: submit() from any thread; the rest from its owner's.
class BlockingPool {
 public:
  /// At most `queue_limit` pieces of work wait; more are not taken.
  BlockingPool(int threads, std::size_t queue_limit);
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  /// Stops.
  ~BlockingPool();

  /// False, with nothing done, when the queue is full or the pool stopped. `work` must not throw.
  [[nodiscard]] bool submit(std::function<void()> work);
  /// Lets running work end, drops what waits, and joins the threads.
  void stop();

 private:
  void run();

  const std::size_t queue_limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;

  std::vector<std::jthread> threads_;
};

}  // namespace streamkit::http
