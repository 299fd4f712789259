#include "worker/process_pool.hpp"

#include <algorithm>

namespace streamkit::worker {
namespace {

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::seconds kRestartDelay{1};

}  // namespace

ProcessPool::ProcessPool(IsolationOptions options)
    : options_(std::move(options)),
      missing_(std::max(1, options_.processes)),
      keeper_([this](const std::stop_token& stop) { keep(stop); }) {}

ProcessPool::~ProcessPool() {
  {
    std::lock_guard lock(mutex_);
    idle_.clear();
  }
  keeper_.request_stop();
}

void ProcessPool::keep(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return missing_ > 0; }) && !stop.stop_requested()) {
    lock.unlock();
    auto started = ConversionProcess::start(options_);
    lock.lock();
    if (started) {
      idle_.push_back(*std::move(started));
      --missing_;
      start_failure_.reset();
    } else {
      start_failure_ = started.error();
    }
    changed_.notify_all();
    if (!start_failure_) continue;
    changed_.wait_for(lock, stop, kRestartDelay, [] { return false; });
  }
}

Result<std::unique_ptr<ConversionProcess>> ProcessPool::take_started(
    const std::function<void()>& keep_alive, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!idle_.empty()) {
      auto process = std::move(idle_.back());
      idle_.pop_back();
      return process;
    }
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
    if (start_failure_) return *start_failure_;
    changed_.wait_for(lock, stop, kTick, [this] { return !idle_.empty(); });
    lock.unlock();
    if (keep_alive) keep_alive();
    lock.lock();
  }
}

Result<std::unique_ptr<ConversionProcess>> ProcessPool::take(
    const std::function<void()>& keep_alive, const std::stop_token& stop) {
  for (;;) {
    auto process = take_started(keep_alive, stop);
    if (!process || (*process)->is_idle()) return process;
    if ((*process)->conversions() == 0) {
      auto ready = (*process)->await_ready(keep_alive, stop);
      if (!ready) {
        discard(*std::move(process));
        return ready.error();
      }
      if ((*process)->is_idle()) {
        std::lock_guard lock(mutex_);
        sandbox_lacks_ = *std::move(ready);
        return process;
      }
    }
    discard(*std::move(process));  // it ended while nobody used it
  }
}

void ProcessPool::give_back(std::unique_ptr<ConversionProcess> process) {
  const int most = options_.conversions_per_process;
  if (most > 0 && process->conversions() >= most) return discard(std::move(process));
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(process));
  changed_.notify_all();
}

void ProcessPool::discard(std::unique_ptr<ConversionProcess> process) {
  process.reset();
  std::lock_guard lock(mutex_);
  ++missing_;
  changed_.notify_all();
}

std::string ProcessPool::sandbox_lacks() const {
  std::lock_guard lock(mutex_);
  return sandbox_lacks_;
}

}  // namespace streamkit::worker
