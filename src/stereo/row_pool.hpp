#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace streamkit::stereo {

/// Distributes the bands of a frame over threads. A band must not depend on the others, so that the
/// result is the same with any number of threads.
/// Thread-safety: run() by one thread at a time.
class RowPool {
 public:
  /// `threads` includes the thread that calls run(), and is at least 1.
  explicit RowPool(int threads);
  ~RowPool();
  RowPool(const RowPool&) = delete;
  RowPool& operator=(const RowPool&) = delete;

  [[nodiscard]] int bands() const noexcept { return static_cast<int>(helpers_.size()) + 1; }
  /// Calls `work` once for each band, from 0 to bands() - 1, and returns when all are done.
  /// Throws what a band threw.
  void run(const std::function<void(int band)>& work);

 private:
  void help(const std::stop_token& stop, int band);
  void work_on(const std::function<void(int)>& work, int band) noexcept;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  const std::function<void(int)>* work_ = nullptr;
  unsigned round_ = 0;
  int busy_ = 0;
  std::exception_ptr thrown_;

  std::vector<std::jthread> helpers_;
};

}  // namespace streamkit::stereo
