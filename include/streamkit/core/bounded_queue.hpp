#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <utility>

namespace streamkit {

/// Hands items from thread to thread, first in, first out. The queue is bounded by weight: by the
/// number of items between stages (each weighs 1 by default), by bytes before the network. A
/// producer waits while the queue is full.
/// Thread-safety: any number of producers and consumers.
template <typename T>
class STREAMKIT_API BoundedQueue {
 public:
  using Weigh = std::function<std::size_t(const T&)>;

  /// `capacity` is a number of items, or is in the unit of `weigh`. A larger one hides longer
  /// stalls of the consumer and costs that much memory. An item heavier than the whole capacity is
  /// admitted when the queue is empty.
  explicit BoundedQueue(
      std::size_t capacity, Weigh weigh = [](const T&) { return std::size_t{1}; })
      : capacity_(capacity), weigh_(std::move(weigh)) {}

  /// Appends `item`. Blocks while the queue is full; woken by a pop, close() or `stop`. Returns
  /// false, and drops the item, if the queue is closed or `stop` was requested.
  [[nodiscard]] bool push(T item, std::stop_token stop = {}) {
    const std::size_t weight = weigh_(item);
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return closed_ || items_.empty() || fits(weight); });
      if (closed_ || stop.stop_requested()) return false;
      weight_ += weight;
      items_.emplace_back(std::move(item), weight);
    }
    changed_.notify_all();
    return true;
  }

  /// Removes the first item. Blocks while the queue is empty and open; woken by a push, close() or
  /// `stop`. Returns nothing if the queue is closed and drained, or if `stop` was requested.
  [[nodiscard]] std::optional<T> pop(std::stop_token stop = {}) {
    std::optional<T> item;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return closed_ || !items_.empty(); });
      if (items_.empty() || stop.stop_requested()) return item;
      weight_ -= items_.front().second;
      item = std::move(items_.front().first);
      items_.pop_front();
    }
    changed_.notify_all();
    return item;
  }

  /// Ends pushing; queued items can still be popped. Idempotent.
  void close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

  [[nodiscard]] std::size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  [[nodiscard]] bool fits(std::size_t weight) const { return weight_ + weight <= capacity_; }

  const std::size_t capacity_;
  const Weigh weigh_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::deque<std::pair<T, std::size_t>> items_;
  std::size_t weight_ = 0;
  bool closed_ = false;
};

}  // namespace streamkit
