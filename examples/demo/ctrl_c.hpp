#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace streamkit::demo {

/// Turns Ctrl-C (SIGINT) and SIGTERM into a stop request; a second one ends the program
/// immediately. Create it at the start of main(), before any thread: threads inherit its signal
/// mask.
class CtrlC {
 public:
  CtrlC();
  ~CtrlC();
  CtrlC(CtrlC&&) = delete;
  CtrlC& operator=(CtrlC&&) = delete;

  [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }
  /// Blocks until the stop is requested.
  void wait() const;

 private:
  sigset_t signals_ = {};
  std::stop_source source_;
  std::jthread thread_;
};

}  // namespace streamkit::demo
