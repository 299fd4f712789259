#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <streamkit/store/object_store.hpp>
#include <string>
#include <utility>
#include <vector>

namespace streamkit::testing {

// A writer whose puts do what the test says, one step at a time.
class DrivenWriter final : public ObjectWriter {
 public:
  [[nodiscard]] bool can_hold_last_byte() const noexcept override { return true; }

  Result<void> put(std::string_view key, std::span<const std::uint8_t>, const PutOptions& options,
                   std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    Put& put = puts_.emplace_back();
    put.key = key;
    put.held = options.hold_last_byte.has_value();
    changed_.notify_all();
    for (;;) {
      changed_.wait(lock, stop, [&] { return !put.steps.empty(); });
      if (stop.stop_requested()) {
        put.stopped = true;
        changed_.notify_all();
        return Error{ErrorCode::Cancelled, "stopped"};
      }
      const Step step = std::move(put.steps.front());
      put.steps.pop_front();
      if (step.sent_bytes) {
        lock.unlock();
        options.on_progress(*step.sent_bytes);
        lock.lock();
        put.sent_bytes = *step.sent_bytes;
        changed_.notify_all();
        continue;
      }
      if (step.stores && !await_release(lock, options, stop)) {
        put.stopped = true;
        changed_.notify_all();
        return Error{ErrorCode::Cancelled, "stopped"};
      }
      if (step.stores) stored_.push_back(put.key);
      changed_.notify_all();
      if (step.error) return *step.error;
      return {};
    }
  }

  // Reports progress of put number `put`, counted from 0 in the order in which they began.
  void send(std::size_t put, std::uint64_t bytes) { add(put, {.sent_bytes = bytes}); }
  void succeed(std::size_t put) { add(put, {.stores = true}); }
  void fail(std::size_t put, Error error) { add(put, {.error = std::move(error)}); }
  // Stores the object, but the response is lost.
  void lose_response(std::size_t put) {
    add(put, {.stores = true, .error = Error{ErrorCode::Unavailable, "connection reset"}});
  }

  void await_puts(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return puts_.size() >= count; });
  }
  // Until that progress has been reported.
  void await_sent(std::size_t put, std::uint64_t bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return puts_.at(put).sent_bytes >= bytes; });
  }
  void await_stop(std::size_t put) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return puts_.at(put).stopped; });
  }
  std::size_t put_count() const {
    std::lock_guard lock(mutex_);
    return puts_.size();
  }
  std::string key_of(std::size_t put) const {
    std::lock_guard lock(mutex_);
    return puts_.at(put).key;
  }
  bool is_held(std::size_t put) const {
    std::lock_guard lock(mutex_);
    return puts_.at(put).held;
  }
  std::vector<std::string> stored() const {
    std::lock_guard lock(mutex_);
    return stored_;
  }

 private:
  struct Step {
    std::optional<std::uint64_t> sent_bytes = {};
    bool stores = false;
    std::optional<Error> error = {};
  };
  struct Put {
    std::string key;
    bool held = false;
    bool stopped = false;
    std::uint64_t sent_bytes = 0;
    std::deque<Step> steps = {};
  };

  void add(std::size_t put, Step step) {
    {
      std::lock_guard lock(mutex_);
      puts_.at(put).steps.push_back(std::move(step));
    }
    changed_.notify_all();
  }

  bool await_release(std::unique_lock<std::mutex>& lock, const PutOptions& options,
                     const std::stop_token& stop) {
    if (!options.hold_last_byte) return true;
    const ReleaseSignal& release = *options.hold_last_byte;
    lock.unlock();
    bool released = false;
    {
      const std::stop_callback wakes(release.token(), [&] {
        { const std::lock_guard wait_until_it_waits(mutex_); }
        changed_.notify_all();
      });
      lock.lock();
      released = changed_.wait(lock, stop, [&] { return release.is_released(); });
      lock.unlock();
    }
    lock.lock();
    return released && !stop.stop_requested();
  }

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Put> puts_;
  std::vector<std::string> stored_;
};

}  // namespace streamkit::testing
