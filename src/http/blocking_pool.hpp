#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace streamkit::http {

/// Runs work that may block on a fixed number of threads, with a bounded queue.
/// Thread-safety: submit() from any thread; the rest from its owner's.
class BlockingPool {
 public:
  /// At most `queue_limit` tasks wait; more are rejected.
  BlockingPool(int threads, std::size_t queue_limit);
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  /// Calls stop().
  ~BlockingPool();

  /// Queues work. Returns false, without any effect, if the queue is full or the pool has stopped.
  /// `work` must not throw.
  [[nodiscard]] bool submit(std::function<void()> work);
  /// Waits for running work, drops queued work, and joins the threads.
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
