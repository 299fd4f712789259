#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <streamkit/core/result.hpp>
#include <streamkit/testing/conformance.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace streamkit::testing {

/// Collects violations, each once. Thread-safety: every method may be called from any thread.
class Findings {
 public:
  /// Returns `holds`, so that dependent checks can be skipped.
  bool expect(bool holds, std::string_view otherwise) {
    if (!holds) add(std::string(otherwise));
    return holds;
  }

  template <typename T>
  bool expect_success(const Result<T>& result, std::string_view call) {
    if (result) return true;
    add(std::string(call) + " fails: " + to_string(result.error()));
    return false;
  }

  template <typename T>
  bool expect_error(const Result<T>& result, ErrorCode code, std::string_view call) {
    if (!result && result.error().code == code) return true;
    add(std::string(call) + " answers " +
        (result ? "success" : std::string(to_string(result.error().code))) + ", not " +
        std::string(to_string(code)));
    return false;
  }

  [[nodiscard]] Violations take() && { return std::move(violations_); }

 private:
  void add(std::string violation) {
    std::lock_guard lock(mutex_);
    for (const std::string& known : violations_) {
      if (known == violation) return;
    }
    violations_.push_back(std::move(violation));
  }

  std::mutex mutex_;
  // Guarded by mutex_
  Violations violations_;
};

/// Runs `work(0)` to `work(count - 1)` on a thread each and joins them.
inline void run_on_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
}

}  // namespace streamkit::testing
