#pragma once

#include <stop_token>
#include <streamkit/core/api.hpp>

namespace streamkit {

/// Holds work back until it is released, once. Copies share one state.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API ReleaseSignal {
 public:
  /// Wakes all that wait for token(), on the calling thread. Further calls do nothing.
  void release() const noexcept { source_.request_stop(); }
  [[nodiscard]] bool is_released() const noexcept { return source_.stop_requested(); }
  /// Its stop is requested by release(): for std::stop_callback, and for waits that take a token.
  [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }

 private:
  std::stop_source source_;
};

}  // namespace streamkit
